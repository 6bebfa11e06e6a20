package dev.retort.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A vocabulary small enough to work out ids by hand. */
final class SmallVocabulary {

    static final List<String> LINES =
            Arrays.asList(("[PAD] [unused0] [UNK] [CLS] [SEP] [MASK] the quick brown fox cat dog run un"
                            + " cafe hello world naive search query passage a b c x ##es ##ing ##s ##ed ##believ ##able ##ning ##a ##b"
                            + " ##x . , ! ? : - ' ( ) @ # $ 1 2 ##0 ##1 東 京 中 Fox É café i u ß ss")
                    .split(" "));

    private SmallVocabulary() {}

    /** Writes vocab.txt. */
    static Path writeTo(Path folder) throws IOException {
        Files.write(folder.resolve("vocab.txt"), LINES);
        return folder;
    }

    static void writeConfig(Path folder, String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    static Tokenizer tokenizer(Path folder) throws IOException {
        return Tokenizer.load(writeTo(folder));
    }

    /** The ids of tokens separated by spaces. */
    static int[] ids(String tokens) {
        return Arrays.stream(tokens.split(" ")).mapToInt(LINES::indexOf).toArray();
    }

    /** The tokens of a text, the special ones included, separated by spaces. */
    static String tokens(Tokenizer tokenizer, String text) {
        return String.join(
                " ",
                tokenizer.tokens(tokenizer
                        .encode(text, Integer.MAX_VALUE, TruncationPolicy.ERROR)
                        .inputIds(0)));
    }

    /** The tokens of each chunk. */
    static List<String> chunks(Tokenizer tokenizer, Encoding encoding) {
        return IntStream.range(0, encoding.chunkCount())
                .mapToObj(chunk -> String.join(" ", tokenizer.tokens(encoding.inputIds(chunk))))
                .toList();
    }
}
