package dev.retort.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Texts become ids, exactly as with Hugging Face's fast tokenizer: its own native library does it, on the CPU, without the network.
 *
 * <p>Every text stands between two special tokens, [CLS] and [SEP] in BERT. Truncation and padding that tokenizer.json asks for are
 * ignored, as is everything in tokenizer_config.json if there is a tokenizer.json.
 *
 * <p>Three things to know about texts. The name of a special token in a text becomes that token, as with Hugging Face: the text
 * {@code "[SEP]"} is [CLS] [SEP] [SEP]. Half of a surrogate pair becomes U+FFFD. Control characters, U+0000 and U+FFFD are dropped by
 * BERT's own normalisation.
 *
 * <p>Safe for use by many threads. Close it when done: it holds native memory.
 */
public final class Tokenizer implements AutoCloseable {

    private static final int SPECIAL_TOKENS = 2;
    private static final int[] NO_IDS = {};

    private final String source;
    private final Map<Integer, String> tokens;
    private final int vocabularySize;
    private final NativeTokenizer pieces;
    private final int clsId;
    private final int sepId;

    private Tokenizer(TokenizerFile file, NativeTokenizer pieces, int clsId, int sepId) {
        this.source = file.source();
        this.tokens = file.tokens();
        this.vocabularySize = Collections.max(tokens.keySet()) + 1;
        this.pieces = pieces;
        this.clsId = clsId;
        this.sepId = sepId;
    }

    /**
     * From tokenizer.json; without one from vocab.txt and, if there, tokenizer_config.json ({@code do_lower_case},
     * {@code strip_accents}, {@code tokenize_chinese_chars}, names of special tokens).
     *
     * @throws java.nio.file.NoSuchFileException if the folder has neither
     * @throws MalformedTokenizerException if a file is not what it should be
     * @throws dev.retort.core.NativeLibraryException if the native library does not load on this machine
     */
    public static Tokenizer load(Path folder) throws IOException {
        return open(TokenizerFile.in(folder));
    }

    /**
     * @param json the contents of a tokenizer.json
     * @param source where they are from, for messages
     */
    public static Tokenizer ofJson(byte[] json, String source) throws MalformedTokenizerException {
        return open(TokenizerFile.ofJson(json, source));
    }

    private static Tokenizer open(TokenizerFile file) throws MalformedTokenizerException {
        NativeTokenizer pieces = NativeTokenizer.open(file.json(), file.source());
        int[] around = pieces.specialIds();
        if (around.length != SPECIAL_TOKENS) {
            pieces.close();
            throw new MalformedTokenizerException(file.source()
                    + ": expected a post-processor that puts one token before a text and one after it, got "
                    + around.length + " around an empty text: " + Arrays.toString(around));
        }
        return new Tokenizer(file, pieces, around[0], around[1]);
    }

    /** One more than the largest id this tokenizer can give. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** The id before every text, [CLS] in BERT. */
    public int clsId() {
        return clsId;
    }

    /** The id after every text, [SEP] in BERT. */
    public int sepId() {
        return sepId;
    }

    /**
     * The tokens that the ids stand for.
     *
     * @throws IllegalArgumentException if one stands for none
     */
    public List<String> tokens(int... ids) {
        List<String> found = new ArrayList<>(ids.length);
        for (int id : ids) {
            String token = tokens.get(id);
            if (token == null) {
                throw new IllegalArgumentException("ids: " + id + " has no token in " + source);
            }
            found.add(token);
        }
        return found;
    }

    /**
     * Checks that the tokenizer belongs to the model: an id beyond its embeddings would read foreign memory.
     *
     * @param modelVocabularySize rows of the model's word embeddings; there may be more than tokens
     * @throws MalformedTokenizerException if there are fewer, with the largest id and its token
     */
    public void requireIdsBelow(int modelVocabularySize) throws MalformedTokenizerException {
        if (vocabularySize > modelVocabularySize) {
            int largest = vocabularySize - 1;
            throw new MalformedTokenizerException(source + ": largest id is " + largest + " (" + tokens.get(largest)
                    + "), the model's vocabulary has " + modelVocabularySize
                    + ": take the tokenizer that was saved with the model");
        }
    }

    /** One text without a prompt; see {@link #encode(String, List, int, TruncationPolicy)}. */
    public Encoding encode(String text, int maxSequenceLength, TruncationPolicy policy) {
        return encode("", Collections.singletonList(text), maxSequenceLength, policy)
                .get(0);
    }

    /** Texts without a prompt; see {@link #encode(String, List, int, TruncationPolicy)}. */
    public List<Encoding> encode(List<String> texts, int maxSequenceLength, TruncationPolicy policy) {
        return encode("", texts, maxSequenceLength, policy);
    }

    /** All of the texts; see {@link #encode(String, List, int, int, int, TruncationPolicy)}. */
    public List<Encoding> encode(String prompt, List<String> texts, int maxSequenceLength, TruncationPolicy policy) {
        return encode(prompt, texts, 0, texts.size(), maxSequenceLength, policy);
    }

    /**
     * The ids of some of many texts, computed on the calling thread.
     *
     * <p>A text that is split has the prompt at the start of each chunk, since each chunk is embedded by itself.
     *
     * @param prompt glued to the start of each text as it is, without a space; may be empty
     * @param from the first text
     * @param to the one after the last text
     * @param maxSequenceLength the most tokens of a sequence, the two special ones included
     * @return an encoding for each text from {@code from} on, in their order
     * @throws TextTooLongException under {@link TruncationPolicy#ERROR}, with the first text that is too long
     * @throws IllegalArgumentException if a text is null, with its number, or if the limit leaves no room for a word piece
     * @throws IllegalStateException if this tokenizer is closed
     */
    public List<Encoding> encode(
            String prompt, List<String> texts, int from, int to, int maxSequenceLength, TruncationPolicy policy) {
        requireRoom(maxSequenceLength);
        int[] promptIds = prompt.isEmpty() ? NO_IDS : piecesOf(prompt).ids();
        List<Encoding> encodings = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) {
            String text = texts.get(i);
            if (text == null) {
                throw new IllegalArgumentException("texts: text " + i + " is null");
            }
            String whole = prompt.isEmpty() ? text : prompt + text;
            encodings.add(encode(i, piecesOf(whole), promptIds, maxSequenceLength, policy));
        }
        return encodings;
    }

    private Encoding encode(
            int textNumber, WordPieces text, int[] promptIds, int maxSequenceLength, TruncationPolicy policy) {
        int fullTokenCount = text.count() + SPECIAL_TOKENS;
        if (fullTokenCount <= maxSequenceLength) {
            return new Encoding(List.of(sequence(text.ids())), fullTokenCount, false);
        }
        int limit = maxSequenceLength - SPECIAL_TOKENS;
        return switch (policy) {
            case TRUNCATE -> new Encoding(List.of(sequence(text.first(limit))), fullTokenCount, true);
            case ERROR -> throw new TextTooLongException(textNumber, fullTokenCount, maxSequenceLength);
            case SPLIT_AVERAGE -> new Encoding(split(text, promptIds, limit), fullTokenCount, false);
        };
    }

    private List<int[]> split(WordPieces text, int[] promptIds, int limit) {
        if (promptIds.length >= limit) {
            throw new IllegalArgumentException("prompt: too long to split texts: " + promptIds.length
                    + " word pieces, a sequence has room for " + limit);
        }
        List<int[]> chunks = new ArrayList<>();
        for (int[] part : text.split(promptIds.length, limit - promptIds.length)) {
            // The first chunk begins as the glued text does, which may differ from the prompt alone where no space ends
            // it.
            int[] start = chunks.isEmpty() ? text.first(promptIds.length) : promptIds;
            int[] ids = Arrays.copyOf(start, start.length + part.length);
            System.arraycopy(part, 0, ids, start.length, part.length);
            chunks.add(sequence(ids));
        }
        return chunks;
    }

    private int[] sequence(int[] ids) {
        int[] sequence = new int[ids.length + SPECIAL_TOKENS];
        sequence[0] = clsId;
        System.arraycopy(ids, 0, sequence, 1, ids.length);
        sequence[ids.length + 1] = sepId;
        return sequence;
    }

    /**
     * How many tokens at the start of each sequence pooling leaves out when a model does not pool its prompt ({@code include_prompt}
     * false): [CLS] and the pieces of the prompt taken alone, as sentence-transformers counts ({@code
     * SentenceTransformer._get_prompt_length}). Where prompt and text run together to fewer pieces, or the prompt fills the sequence,
     * this can reach into the text or past it.
     *
     * @param maxSequenceLength the limit of the call that encodes the texts
     * @return 0 for an empty prompt, else between 1 and {@code maxSequenceLength} - 1
     */
    public int promptTokenCount(String prompt, int maxSequenceLength) {
        requireRoom(maxSequenceLength);
        return prompt.isEmpty() ? 0 : 1 + Math.min(piecesOf(prompt).count(), maxSequenceLength - SPECIAL_TOKENS);
    }

    private static void requireRoom(int maxSequenceLength) {
        if (maxSequenceLength <= SPECIAL_TOKENS) {
            throw new IllegalArgumentException("maxSequenceLength: expected at least " + (SPECIAL_TOKENS + 1)
                    + ", room for two special tokens and a word piece, got " + maxSequenceLength);
        }
    }

    private WordPieces piecesOf(String text) {
        return pieces.pieces(UnpairedSurrogates.replace(text));
    }

    /** Frees the native memory, once the texts in work are done; encoding fails from then on. */
    @Override
    public void close() {
        pieces.close();
    }
}
