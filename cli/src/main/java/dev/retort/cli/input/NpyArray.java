package dev.retort.cli.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a NumPy file of float32 vectors: format versions 1 to 3 ({@code numpy/lib/format.py}), C order, two axes. */
public final class NpyArray {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern TYPE = Pattern.compile("'descr': *'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([^)]*)\\)");
    private static final Pattern TWO_EXTENTS = Pattern.compile(" *(\\d{1,9}) *, *(\\d{1,9}) *,? *");

    private NpyArray() {}

    /**
     * All rows.
     *
     * @return (N, E)
     * @throws MalformedTextException if it is not such a file
     */
    public static float[][] read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(InputFile.read(file)).order(ByteOrder.LITTLE_ENDIAN);
        String header = header(bytes, file);
        String type = member(TYPE, header, file);
        String shape = member(SHAPE, header, file);
        Matcher extents = TWO_EXTENTS.matcher(shape);
        if (!type.equals("<f4") || !member(FORTRAN, header, file).equals("False") || !extents.matches()) {
            throw new MalformedTextException(file + ": expected float32 (<f4) with two axes in C order, got " + type
                    + " (" + shape + ")" + ": save it with numpy.save(file, vectors.astype('<f4'))");
        }
        int rows = Integer.parseInt(extents.group(1));
        int width = Integer.parseInt(extents.group(2));
        if ((long) rows * width * Float.BYTES != bytes.remaining()) {
            throw new MalformedTextException(file + ": shape (" + shape + ") needs " + (long) rows * width * Float.BYTES
                    + " bytes, the file has " + bytes.remaining() + " after its header: it was cut short or damaged");
        }
        float[][] vectors = new float[rows][width];
        for (float[] vector : vectors) {
            for (int e = 0; e < width; e++) {
                vector[e] = bytes.getFloat();
            }
        }
        return vectors;
    }

    private static String header(ByteBuffer bytes, Path file) throws MalformedTextException {
        for (byte expected : MAGIC) {
            if (!bytes.hasRemaining() || bytes.get() != expected) {
                throw new MalformedTextException(
                        file + ": not a NumPy file: make one with retort embed --format npy --output FILE");
            }
        }
        if (bytes.remaining() >= Short.BYTES + Integer.BYTES) {
            byte version = bytes.get();
            bytes.get();
            long length = version == 1 ? Short.toUnsignedInt(bytes.getShort()) : Integer.toUnsignedLong(bytes.getInt());
            if (length <= bytes.remaining()) {
                byte[] header = new byte[(int) length];
                bytes.get(header);
                return new String(header, StandardCharsets.ISO_8859_1);
            }
        }
        throw new MalformedTextException(file + ": header cut short: " + bytes.limit() + " bytes");
    }

    private static String member(Pattern pattern, String header, Path file) throws MalformedTextException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new MalformedTextException(file + ": unreadable header: " + header.strip());
        }
        return matcher.group(1);
    }
}
