/*
 * errors.c - a sentence for every error code.
 */
#include "mlp.h"

const char *mlp_strerror(int code)
{
    switch (code) {
    case MLP_OK: return "no error";
    case MLP_ERROR_MEMORY: return "out of memory";
    case MLP_ERROR_SIZE: return "a size is zero or beyond its limit";
    case MLP_ERROR_TOKEN: return "a token is outside the vocabulary";
    case MLP_ERROR_SHORT: return "too few tokens";
    case MLP_ERROR_CORPUS: return "not a list of names in its alphabet";
    case MLP_ERROR_FORMAT: return "not a checkpoint of this model";
    case MLP_ERROR_FILE: return "the file system refused";
    case MLP_ERROR_NAME: return "unknown name";
    case MLP_ERROR_VALUE: return "a number is outside its range";
    case MLP_ERROR_NUMBER: return "a result is not a number";
    case MLP_ERROR_STOPPED: return "stopped";
    case MLP_ERROR_THREADS: return "the system gives no more threads";
    default: return "unknown error";
    }
}
