/*
 * mlp.h - the whole public interface of libmlp.
 *
 * The model is the neural n-gram language model of Bengio et al. 2003,
 * "A Neural Probabilistic Language Model", over characters: the last T
 * characters of a name predict the next one.
 *
 *   tokens -> embedding -> [linear -> tanh] x layers
 *          -> linear -> softmax
 *
 * Three rules hold everywhere:
 *
 * - A function that can fail returns MLP_OK (0) or a negative
 *   mlp_error; its comment names those that it may return. If it takes
 *   `why` (MLP_WHY chars), it puts one line there that says what went
 *   wrong and where. Nothing here prints, exits or keeps globals.
 * - A kernel (linear_forward, ...) is a pure loop over the caller's
 *   memory: outputs first, then inputs, then sizes. Forward writes its
 *   outputs. Backward adds to them, so that gradients accumulate; the
 *   caller zeroes. The gradient of `x` is called `dx` and has the shape
 *   of `x`.
 * - Tensors are row-major arrays of float. The letters of the shapes:
 *   B batch, T context, E embedding, V vocabulary, I inputs, O outputs,
 *   N any number of elements. Losses are in nats.
 */
#ifndef MLP_H
#define MLP_H

#include <stddef.h>
#include <stdint.h>

#define MLP_VERSION "0.1.0" /* as in pyproject.toml */

/* With fast-math the numbers would not be the same: it reorders sums,
 * and takes isfinite for always true. Only the bench, which measures
 * what the flag brings, defines MLP_FAST_MATH. */
#ifndef MLP_FAST_MATH
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__
#error "compile mlp without -ffast-math"
#endif
#endif

/* ---- errors ------------------------------------------------------ */

typedef enum {
    MLP_OK = 0,
    MLP_ERROR_MEMORY = -1,  /* malloc said no */
    MLP_ERROR_SIZE = -2,    /* a size is zero or beyond its limit */
    MLP_ERROR_TOKEN = -3,   /* a token id outside 0 .. V-1 */
    MLP_ERROR_SHORT = -4,   /* too few tokens for one window */
    MLP_ERROR_CORPUS = -5,  /* not a list of names in its alphabet */
    MLP_ERROR_FORMAT = -6,  /* not a checkpoint of this model */
    MLP_ERROR_FILE = -7,    /* the file system said no */
    MLP_ERROR_NAME = -8,    /* no preset, kernels or corpus has it */
    MLP_ERROR_VALUE = -9,   /* a number outside its range */
    MLP_ERROR_NUMBER = -10, /* a result that is not a number */
    MLP_ERROR_STOPPED = -11, /* somebody wished it to end */
    MLP_ERROR_THREADS = -12  /* the system gives no more threads */
} mlp_error;

enum {
    MLP_WHY = 4608,             /* chars of a `why`: a path fits */
    MLP_PATH = 4096,            /* chars of a path or a corpus */
    MLP_SHA256 = 65,            /* chars of a SHA-256, hexadecimal */
    MLP_VOCAB = 27,             /* newline = 0, a-z = 1-26 */
    MLP_MAX_LAYERS = 16,        /* hidden layers */
    MLP_MAX_SIZE = 65536,       /* any one size: V, T, E, H, B */
    MLP_MAX_PARAMS = 268435456, /* floats: 1 GiB a tensor group */
    MLP_MAX_THREADS = 64,       /* that compute one model */
    MLP_MAX_NAME = 64,          /* letters of a sampled name */
    MLP_NAME = 257              /* chars of one, in UTF-8 */
};

/* Within these temperatures, logits do not overflow a float. */
#define MLP_COLDEST 1e-3
#define MLP_HOTTEST 1e3

/* Returns the sentence for an error code. */
const char *mlp_strerror(int code);

/* ---- names (config.c) -------------------------------------------- */

typedef enum { MLP_TANH = 0, MLP_GELU = 1 } mlp_activation;

/* The parts of a corpus: train.txt, val.txt, test.txt. */
typedef enum { MLP_TRAIN = 0, MLP_VAL = 1, MLP_TEST = 2 } mlp_split;

/* Each returns name number i, NULL past the end: of the enum, or of the
 * presets, the default first. */
const char *mlp_activation_name(size_t i);
const char *mlp_split_name(size_t i);
const char *mlp_preset_name(size_t i);

/* ---- hyperparameters (config.c) ---------------------------------- */

typedef struct {
    size_t vocab;     /* V: different tokens */
    size_t context;   /* T: tokens that predict the next */
    size_t embedding; /* E: numbers that stand for one token */
    size_t hidden;    /* H: units of each hidden layer */
    size_t layers;    /* hidden layers, 1 .. MLP_MAX_LAYERS */
    int activation;   /* an mlp_activation */
    double dropout;   /* share of the activations, in training */
    double input_dropout; /* and of the embedding */
    double temperature;   /* divides the logits, but in training */
} mlp_config;

typedef struct {
    size_t batch;         /* B: windows a step */
    uint64_t steps;       /* of the whole schedule */
    double learning_rate; /* the highest */
    uint64_t warmup;      /* steps until then; up to all of them */
    double weight_decay;
    uint64_t seed;        /* of all random numbers; not 0 */
    int padded;           /* each name starts anew: see mlp_windows */
    int shuffled;         /* each epoch has an order of its own */
} mlp_training;

typedef enum {
    MLP_KIND_SIZE = 0,  /* size_t, a whole number */
    MLP_KIND_WHOLE = 1, /* uint64_t, a whole number */
    MLP_KIND_REAL = 2,  /* double */
    MLP_KIND_FLAG = 3,  /* int, 0 or 1 */
    MLP_KIND_CHOICE = 4 /* int, the number of a name */
} mlp_kind;

/* One hyperparameter: a field of mlp_config or of mlp_training.
 * Options, checks and checkpoints follow from the table of these. */
typedef struct {
    const char *name;   /* of the field, and in checkpoints */
    const char *help;   /* NULL: the corpus decides, it is no option */
    const char *off;    /* of a flag: the option that clears it */
    mlp_kind kind;      /* the field's type, and which range counts */
    int of_training;    /* its struct: mlp_training, not mlp_config */
    size_t offset;      /* of the field in it, in bytes */
    union {             /* ranges with both ends; a flag has none */
        struct { uint64_t minimum, maximum; } whole; /* or size */
        struct { double minimum, maximum; } real;
        const char *(*choice)(size_t i); /* the names */
    };
    const char *older;  /* in checkpoints that lack it; NULL: none do */
} mlp_hyperparameter;

/* Returns row i of the table, in the order of the fields, first those
 * of mlp_config; NULL past the end. */
const mlp_hyperparameter *mlp_hyperparameter_row(size_t i);

/* Returns the field of one of the two structs that a row describes. */
void *mlp_hyperparameter_field(const mlp_hyperparameter *row,
                               mlp_config *config,
                               mlp_training *training);

/* Reads text into a field: a whole number as 12, a real one as 1.2, .12
 * or 1e-2, without a sign. MLP_ERROR_VALUE if it is not in the range:
 * then `why` says what would be. */
int mlp_hyperparameter_parse(void *field, const mlp_hyperparameter *row,
                             const char *text, char *why);

/* Writes a field into text (room chars), a real number with so many
 * digits: 17 of them are enough to read the same one back. */
void mlp_hyperparameter_format(char *text, size_t room,
                               const mlp_hyperparameter *row,
                               const void *field, int digits);

/* Looks up named hyperparameters. MLP_ERROR_NAME. */
int mlp_preset(const char *name, mlp_config *config,
               mlp_training *training);

/* ---- random numbers (rng.c) -------------------------------------- */

/* Returns the next 32 bits of xorshift64*; *rng must not be 0. */
uint32_t rng_u32(uint64_t *rng);

/* Returns the state at which stream number `index` of a seed starts:
 * never 0, and unlike that of any other. */
uint64_t rng_stream(uint64_t seed, uint64_t index);

/* Returns a key of 32 bits, from the state of that stream. */
uint32_t rng_key(uint64_t seed, uint64_t index);

/* Returns the 32 bits that a key has for number n: without a state, and
 * so in any order. */
uint32_t rng_bits(uint32_t key, uint32_t n);

/* Returns a number in [0, 1): 24 bits, exact in a float. */
double rng_random(uint64_t *rng);

/* Fills out (N) with numbers in [low, high). */
void rng_uniform(float *out, size_t N, double low, double high,
                 uint64_t *rng);

/* Fills out (N) with standard normal numbers (Box & Muller 1958). */
void rng_normal(float *out, size_t N, uint64_t *rng);

/* ---- shuffled orders (shuffle.c) --------------------------------- */

/* Returns which of N windows comes at a place, 0 .. N-1, of an epoch:
 * each comes at one. N is at most 2^62. It cannot fail. */
uint64_t shuffled_window(uint64_t place, uint64_t N, uint64_t seed,
                         uint64_t epoch);

/* ---- alphabets (alphabet.c) -------------------------------------- */

/* The letters of a corpus: token i stands for character i, a code point
 * of Unicode. The first is the newline, and each is larger than the one
 * before. */
typedef struct {
    size_t V;
    uint32_t characters[]; /* (V) */
} mlp_alphabet;

/* Creates an alphabet of letters (length chars of UTF-8) in the order
 * of Unicode; of a to z, if letters is NULL. A letter shows, and is
 * neither " nor \. MLP_ERROR_VALUE if it is none or out of order,
 * MLP_ERROR_SIZE if there are none or too many, MLP_ERROR_MEMORY. */
int mlp_alphabet_create(mlp_alphabet **alphabet, const char *letters,
                        size_t length);
void mlp_alphabet_free(mlp_alphabet *alphabet);

/* Creates another one of the same letters. MLP_ERROR_MEMORY. */
int mlp_alphabet_copy(mlp_alphabet **copy,
                      const mlp_alphabet *alphabet);

/* Creates an alphabet from text (length chars), one letter a line.
 * `where` names it in `why`. MLP_ERROR_CORPUS, MLP_ERROR_MEMORY. */
int mlp_alphabet_parse(mlp_alphabet **alphabet, const char *text,
                       size_t length, const char *where, char *why);

/* Returns the token of a character, MLP_ERROR_TOKEN if it has none. */
int mlp_alphabet_token(const mlp_alphabet *alphabet,
                       uint32_t character);

/* Writes the character of a token in UTF-8; returns its length. */
size_t mlp_alphabet_write(char out[4], const mlp_alphabet *alphabet,
                          int token);

/* Says whether two have the same letters. It cannot fail. */
int mlp_alphabet_equal(const mlp_alphabet *a, const mlp_alphabet *b);

/* ---- tokens (tokens.c) ------------------------------------------- */

/* Reads text (length chars), one name a line, as (*N) token ids: those
 * of its letters, and 0 for the newline that ends each name. They are
 * below MLP_MAX_SIZE, so 16 bits hold one. Free *tokens with free().
 * `where` names the text in `why`. MLP_ERROR_CORPUS,
 * MLP_ERROR_MEMORY. */
int mlp_tokens_parse(uint16_t **tokens, size_t *N,
                     const mlp_alphabet *alphabet, const char *text,
                     size_t length, const char *where, char *why);

/* The same from a file, and its SHA-256 unless that is NULL.
 * MLP_ERROR_CORPUS, MLP_ERROR_FILE, MLP_ERROR_MEMORY. */
int mlp_tokens_load(uint16_t **tokens, size_t *N,
                    char sha256[MLP_SHA256],
                    const mlp_alphabet *alphabet, const char *path,
                    char *why);

/* ---- corpora (corpus.c) ------------------------------------------ */

/* A corpus is a folder: alphabet.txt, which need not be there if the
 * letters are a to z, train.txt, val.txt and test.txt. */
typedef struct {
    char folder[MLP_PATH];
    char name[MLP_PATH]; /* for checkpoints: see mlp_run */
    mlp_alphabet *alphabet;
} mlp_corpus;

/* Finds a corpus and reads its alphabet. Its name is that of a folder
 * in corpora/ of the folder that the variable MLP_HOME names, or else
 * of mlp-spelled-out in the user's cache; or it is a path, for sure if
 * it has a slash. MLP_ERROR_NAME, MLP_ERROR_CORPUS, MLP_ERROR_FILE,
 * MLP_ERROR_MEMORY; `why` knows all names. */
int mlp_corpus_load(mlp_corpus **corpus, const char *name, char *why);
void mlp_corpus_free(mlp_corpus *corpus);

/* Reads a split, as mlp_tokens_load does. MLP_ERROR_CORPUS,
 * MLP_ERROR_FILE, MLP_ERROR_MEMORY. */
int mlp_corpus_tokens(uint16_t **tokens, size_t *N,
                      char sha256[MLP_SHA256], const mlp_corpus *corpus,
                      size_t split, char *why);

/* ---- windows (windows.c) ----------------------------------------- */

/* All windows of T tokens and the token that follows each. They slide
 * over the stream of names; or, if `padded`, each name starts anew:
 * whatever lies before its first letter reads as token 0. */
typedef struct {
    const uint16_t *tokens; /* (N), owned by the caller */
    size_t N;
    size_t T;
    size_t count; /* windows: N - T, or N if padded */
    int padded;
} mlp_windows;

/* Prepares *windows. MLP_ERROR_SHORT if there is not even one. */
int mlp_windows_init(mlp_windows *windows, const uint16_t *tokens,
                     size_t N, size_t T, int padded);

/* Writes batch number `step`: inputs (B,T) and targets (B).
 * Batches follow each other and wrap around at the end. */
void mlp_windows_batch(int *inputs, int *targets,
                       const mlp_windows *windows, uint64_t step,
                       size_t B);

/* The same if each time through the windows, an epoch, has an order of
 * its own. It depends on the seed and the number of the epoch only. */
void mlp_windows_shuffled(int *inputs, int *targets,
                          const mlp_windows *windows, uint64_t step,
                          size_t B, uint64_t seed);

/* ---- operations (ops.c): the textbook loops ---------------------- */

/* out (B,T,E) = weight (V,E) [inp (B,T)]
 * Read as (B, T*E) it is the T vectors concatenated. */
void embedding_forward(float *restrict out, const int *restrict inp,
                       const float *restrict weight,
                       size_t B, size_t T, size_t E);
void embedding_backward(float *restrict dweight,
                        const float *restrict dout,
                        const int *restrict inp,
                        size_t B, size_t T, size_t E);

/* out (B,O) = inp (B,I) @ weight (O,I)^T + bias (O) */
void linear_forward(float *restrict out, const float *restrict inp,
                    const float *restrict weight,
                    const float *restrict bias,
                    size_t B, size_t I, size_t O);
void linear_backward(float *restrict dinp, float *restrict dweight,
                     float *restrict dbias, const float *restrict dout,
                     const float *restrict inp,
                     const float *restrict weight,
                     size_t B, size_t I, size_t O);

/* out (N) = tanh(inp (N)). Backward needs only the output. */
void tanh_forward(float *restrict out, const float *restrict inp,
                  size_t N);
void tanh_backward(float *restrict dinp, const float *restrict dout,
                   const float *restrict out, size_t N);

/* out (N) = GELU(inp (N)), the tanh form of Hendrycks & Gimpel 2016. */
void gelu_forward(float *restrict out, const float *restrict inp,
                  size_t N);
void gelu_backward(float *restrict dinp, const float *restrict dout,
                   const float *restrict inp, size_t N);

/* out (N) = inp (N) / (1 - p), but 0 with probability p < 1, as the
 * bits of `key` decide (Srivastava et al. 2014; here the rest grows in
 * training, so that the mean stays). Number n takes those of first + n:
 * a part of an array can be computed alone. Backward takes the same. */
void dropout_forward(float *restrict out, const float *restrict inp,
                     double p, uint32_t key, size_t first, size_t N);
void dropout_backward(float *restrict dinp, const float *restrict dout,
                      double p, uint32_t key, size_t first, size_t N);

/* probs (B,V) = softmax(logits (B,V)), row by row */
void softmax_forward(float *restrict probs,
                     const float *restrict logits,
                     size_t B, size_t V);

/* losses (B) = -log softmax(logits (B,V))[targets (B)], in nats.
 * Also keeps probs (B,V), which backward needs. Backward is the
 * gradient of the mean of the B losses. */
void cross_entropy_forward(float *restrict losses,
                           float *restrict probs,
                           const float *restrict logits,
                           const int *restrict targets,
                           size_t B, size_t V);
void cross_entropy_backward(float *restrict dlogits,
                            const float *restrict probs,
                            const int *restrict targets,
                            size_t B, size_t V);

/* ---- model (model.c) --------------------------------------------- */

typedef struct mlp_model mlp_model;

/* One named tensor of the model: `offset` floats into the parameters
 * (and into the gradients), shape (rows, columns) or, if columns is 0,
 * (rows). */
typedef struct {
    char name[32];
    size_t offset;
    size_t rows;
    size_t columns;
} mlp_tensor;

/* Creates a model with all parameters 0 and room for batches of up to
 * max_batch windows. MLP_ERROR_SIZE, MLP_ERROR_VALUE (no such
 * activation), MLP_ERROR_MEMORY. */
int mlp_model_create(mlp_model **model, const mlp_config *config,
                     size_t max_batch);
void mlp_model_free(mlp_model *model);

/* Returns the name of kernel set i of this library, the fastest first:
 * sets of fast.c, each compiled for a kind of processor, and at last
 * "textbook", the loops of ops.c. NULL past the end. */
const char *mlp_kernels_name(size_t i);

/* Says whether this processor runs the set. MLP_ERROR_NAME if not, and
 * if there is none of this name. */
int mlp_kernels_check(const char *name);

/* Chooses the kernels that a model computes with: a set, or "auto", the
 * fastest that this processor runs (the default). MLP_ERROR_NAME as
 * mlp_kernels_check. The fast ones need up to 192 KiB of stack, more
 * than a thread of musl has. */
int mlp_model_kernels(mlp_model *model, const char *name);

/* Lets n threads compute a model, 1 to MLP_MAX_THREADS, the caller's
 * with them: the same bits, sooner, if each has a core to itself. By
 * default there is one, and nothing else in the library starts any.
 * They take no signals, and wait without work until the model is freed.
 * After a fork, the child has none: it must not compute this model.
 * MLP_ERROR_VALUE, MLP_ERROR_MEMORY, MLP_ERROR_THREADS (in a library
 * built without threads, always if n > 1); then all is as before. */
int mlp_model_threads(mlp_model *model, size_t n);

/* Folds the first layer, or not (the default): computes it through a
 * table per position of the context, see fold.c. The same mathematics,
 * faster where a batch has many more windows than the vocabulary
 * tokens. A window then has no embedding to drop from: MLP_ERROR_VALUE
 * if the config's input_dropout is not 0. MLP_ERROR_SIZE,
 * MLP_ERROR_MEMORY. After an error it is not folded. */
int mlp_model_fold(mlp_model *model, int on);

/* Draws the initial weights: wte from N(0,1), then every layer's weight
 * and bias from U(-k,k), k = 1/sqrt(inputs), in the order of the
 * tensors. The same as PyTorch's nn.Embedding and nn.Linear do. */
void mlp_model_init(mlp_model *model, uint64_t *rng);

/* Computes the logits of inputs (B,T), divided by the temperature, and,
 * unless targets (B) is NULL, the mean loss in nats. MLP_ERROR_SIZE if
 * B is 0 or > max_batch, MLP_ERROR_TOKEN if an id is outside
 * 0 .. V-1. */
int mlp_model_forward(mlp_model *model, const int *inputs,
                      const int *targets, size_t B, float *loss);

/* The same in training: with the config's dropout, and without its
 * temperature. The bits come from a stream, that of the step:
 * rng_stream(seed, step). What linear layer l reads, 0 the first hidden
 * one, has rng_key(stream, l). Stream 0 is none: then it is
 * mlp_model_forward. MLP_ERROR_SIZE, MLP_ERROR_TOKEN. */
int mlp_model_forward_train(mlp_model *model, const int *inputs,
                            const int *targets, size_t B,
                            uint64_t stream, float *loss);

/* Computes the gradients of the mean loss of the last forward, which
 * must have had targets, from zero. */
void mlp_model_backward(mlp_model *model);

/* Updates the parameters with the gradients of the last backward, see
 * adamw_update. m, v: (size). */
void mlp_model_update(mlp_model *model, float *m, float *v,
                      uint64_t step, double learning_rate,
                      double weight_decay);

/* What the model was created with; how many parameters it has, and in
 * how many tensors; and tensor i of them. */
mlp_config mlp_model_config(const mlp_model *model);
size_t mlp_model_max_batch(const mlp_model *model);
size_t mlp_model_size(const mlp_model *model);
size_t mlp_model_tensors(const mlp_model *model);
mlp_tensor mlp_model_tensor(const mlp_model *model, size_t i);

/* The model's own memory, valid until mlp_model_free: parameters
 * (size), gradients (size), and the logits (B,V) of the last
 * forward. */
float *mlp_model_params(mlp_model *model);
float *mlp_model_grads(mlp_model *model);
const float *mlp_model_logits(const mlp_model *model);

/* The mean of the losses of the first `batches` batches of B windows,
 * or of the N / B that the split fills if that is less (0: no limit),
 * in nats. Of fewer than B windows, one batch of all. Ends before a
 * batch where stopped(), unless that is NULL, says so:
 * MLP_ERROR_STOPPED. MLP_ERROR_SIZE if B is 0 or > max_batch, or T not
 * the model's; MLP_ERROR_NUMBER if the mean is not a number;
 * MLP_ERROR_TOKEN, MLP_ERROR_MEMORY. */
int mlp_model_evaluate(mlp_model *model, const mlp_windows *windows,
                       size_t B, size_t batches, int (*stopped)(void),
                       double *loss);

/* ---- optimizer (adamw.c) ----------------------------------------- */

/* One update of AdamW (Loshchilov & Hutter 2019), step = 1, 2, ...
 * params, grads, m, v: (N). */
void adamw_update(float *restrict params, const float *restrict grads,
                  float *restrict m, float *restrict v, size_t N,
                  uint64_t step, double learning_rate,
                  double weight_decay);

/* ---- learning rate (schedule.c) ---------------------------------- */

/* The learning rate of step 0 .. steps-1: a line up to learning_rate in
 * the first `warmup` steps, then half a cosine (Loshchilov & Hutter
 * 2017), down to 0. */
double cosine_schedule(double learning_rate, uint64_t step,
                       uint64_t steps, uint64_t warmup);

/* ---- a run: model, optimizer and where they are (run.c) ---------- */

typedef struct {
    mlp_config config;
    mlp_training training;
    mlp_alphabet *alphabet;
    char corpus[MLP_PATH];   /* its name, or else its absolute path; ""
                              * if that has " or \ or controls */
    char sha256[MLP_SHA256]; /* of its train.txt; "" if not known */
    uint64_t step;    /* steps done */
    mlp_model *model;
    float *m, *v;     /* AdamW's moments, as the parameters */
    int *inputs;      /* (B,T) the batch of the next step */
    int *targets;     /* (B) */
} mlp_run;

/* Creates a run at step 0, with its initial weights drawn and a copy of
 * the alphabet, which has config's vocabulary; NULL: a to z. It knows
 * no corpus yet. MLP_ERROR_SIZE, MLP_ERROR_VALUE, MLP_ERROR_MEMORY. */
int mlp_run_create(mlp_run **run, const mlp_alphabet *alphabet,
                   const mlp_config *config,
                   const mlp_training *training);
void mlp_run_free(mlp_run *run);

/* Does one step on the next batch and gives its loss, of before the
 * update, in nats. MLP_ERROR_TOKEN. */
int mlp_run_step(mlp_run *run, const mlp_windows *windows, float *loss);

/* ---- checkpoints (checkpoint.c) ---------------------------------- */

/* A run as a safetensors file: the parameters by name, AdamW's moments
 * as "adamw.m.<name>" and "adamw.v.<name>", the rest as metadata. */

/* Writes a run into memory, (*length) chars. Free *file with free().
 * MLP_ERROR_MEMORY; MLP_ERROR_NUMBER if a tensor holds what is not a
 * number: it could not be read. */
int mlp_checkpoint_write(char **file, size_t *length,
                         const mlp_run *run);

/* Creates a run from what write wrote. `where` names it in `why`.
 * MLP_ERROR_FORMAT, MLP_ERROR_MEMORY. */
int mlp_checkpoint_read(mlp_run **run, const char *file, size_t length,
                        const char *where, char *why);

/* The same into a file, written aside and renamed, so that it is whole
 * or what was there before. Links are followed, what is no regular file
 * is refused. MLP_ERROR_FILE, MLP_ERROR_MEMORY, MLP_ERROR_NUMBER. */
int mlp_checkpoint_save(const mlp_run *run, const char *path,
                        char *why);

/* And from a file. MLP_ERROR_FORMAT, MLP_ERROR_FILE,
 * MLP_ERROR_MEMORY. */
int mlp_checkpoint_load(mlp_run **run, const char *path, char *why);

/* ---- sampling (sample.c) ----------------------------------------- */

/* Returns the first token whose cumulative probability, of probs (V),
 * exceeds coin. It cannot fail. */
int sample_token(const float *probs, size_t V, double coin);

typedef struct mlp_sampler mlp_sampler;

/* Creates a sampler of names, without end. temperature, MLP_COLDEST to
 * MLP_HOTTEST, divides the logits; seed is not 0. Name i takes its
 * coins from stream i of the seed, so that the first names are the same
 * however many are asked for. The model and its alphabet must outlive
 * it, and the parameters stay as they are. MLP_ERROR_VALUE,
 * MLP_ERROR_MEMORY. */
int mlp_sampler_create(mlp_sampler **sampler, mlp_model *model,
                       const mlp_alphabet *alphabet, int padded,
                       double temperature, uint64_t seed);
void mlp_sampler_free(mlp_sampler *sampler);

/* Reads a prompt, fewer than MLP_MAX_NAME letters in UTF-8, as (*n)
 * tokens. MLP_ERROR_SIZE, MLP_ERROR_TOKEN. */
int mlp_prompt_parse(int tokens[MLP_MAX_NAME], size_t *n,
                     const mlp_alphabet *alphabet, const char *prompt,
                     char *why);

/* Lets all names start with the letters of a prompt (n tokens,
 * n < MLP_MAX_NAME). Call it before the first name. MLP_ERROR_SIZE,
 * MLP_ERROR_TOKEN. */
int mlp_sampler_prompt(mlp_sampler *sampler, const int *prompt,
                       size_t n);

/* Writes the next name, a string of at most MLP_MAX_NAME letters in
 * UTF-8. Draws names ahead, side by side: one, then twice as many each
 * time, up to what the model has room for. MLP_ERROR_NUMBER if what it
 * says is no number. */
int mlp_sampler_next(mlp_sampler *sampler, char name[MLP_NAME]);

#endif
