/*
 * corpus.c - the corpora on disk, and how a name finds one.
 *
 * `mlp data`, the Python program, makes them. This one only reads.
 */
#define _XOPEN_SOURCE 700 /* realpath */

#include "character.h"
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Those that `mlp data` makes without a file of yours. */
static const char *const BUILT_IN[] = {"given-names", "ssa-names"};
enum { N_BUILT_IN = sizeof BUILT_IN / sizeof *BUILT_IN, ENTRY = 256 };

/* ---- paths ------------------------------------------------------- */

static int is_folder(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

static int is_file(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && S_ISREG(there.st_mode);
}

/* out = folder/name; returns whether it fits. */
static int join(char out[MLP_PATH], const char *folder,
                const char *name)
{
    int n = snprintf(out, MLP_PATH, "%s/%s", folder, name);
    return n >= 0 && n < MLP_PATH;
}

/* Returns the variable, NULL if it is empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Where the corpora are that have names: as Python's platformdirs says
 * it. Returns whether there is such a place. */
static int find_home(char out[MLP_PATH])
{
#ifdef __APPLE__
    static const char CACHE[] = "Library/Caches";
#else
    static const char CACHE[] = ".cache";
#endif
    char cache[MLP_PATH], ours[MLP_PATH];
    const char *home = variable("MLP_HOME");
    if (home != NULL)
        return join(out, home, "corpora");
    if ((home = variable("XDG_CACHE_HOME")) != NULL)
        return join(ours, home, "mlp-spelled-out")
               && join(out, ours, "corpora");
    return (home = variable("HOME")) != NULL && join(cache, home, CACHE)
           && join(ours, cache, "mlp-spelled-out")
           && join(out, ours, "corpora");
}

/* ---- names ------------------------------------------------------- */

static int is_built_in(const char *name)
{
    for (size_t i = 0; i < N_BUILT_IN; i++)
        if (strcmp(name, BUILT_IN[i]) == 0)
            return 1;
    return 0;
}

/* Whether `name` is that of a corpus in `home`; then `folder` is where.
 */
static int find_name(char folder[MLP_PATH], const char *home,
                     const char *name)
{
    return name[0] != '\0' && name[0] != '.'
           && strchr(name, '/') == NULL && join(folder, home, name)
           && is_folder(folder);
}

/* Finds the next imported corpus after `last`; returns whether there is
 * one. */
static int next_name(char next[ENTRY], const char *last,
                     const char *home)
{
    char folder[MLP_PATH];
    DIR *all = opendir(home);
    struct dirent *entry;
    next[0] = '\0';
    while (all != NULL && (entry = readdir(all)) != NULL) {
        const char *name = entry->d_name;
        int closer = next[0] == '\0' || strcmp(name, next) < 0;
        if (strcmp(name, last) > 0 && closer && strlen(name) < ENTRY
            && !is_built_in(name) && find_name(folder, home, name))
            snprintf(next, ENTRY, "%s", name);
    }
    if (all != NULL)
        closedir(all);
    return next[0] != '\0';
}

/* Says which corpora there are. */
static void list_names(char *why, const char *home)
{
    char name[ENTRY] = "", next[ENTRY];
    size_t used = strlen(why);
    for (size_t i = 0; i < N_BUILT_IN; i++)
        used += (size_t)snprintf(why + used, MLP_WHY - used, "%s%s",
                                 i == 0 ? "" : ", ", BUILT_IN[i]);
    while (used < MLP_WHY && next_name(next, name, home)) {
        snprintf(name, ENTRY, "%s", next);
        used += (size_t)snprintf(why + used, MLP_WHY - used, ", %s",
                                 name);
    }
}

/* ---- a corpus ---------------------------------------------------- */

/* What a checkpoint can hold in quotes. */
static int is_plain(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t c;
        i += utf8_read(&c, text + i, length - i);
        if (c < ' ' || c == '"' || c == '\\' || is_stray_byte(c))
            return 0;
    }
    return 1;
}

/* Finds the folder, and what checkpoints call it. */
static int find(mlp_corpus *corpus, const char *name, char *why)
{
    char home[MLP_PATH];
    if (!find_home(home))
        home[0] = '\0';
    if (find_name(corpus->folder, home, name)) {
        snprintf(corpus->name, MLP_PATH, "%s", name);
        return MLP_OK;
    }
    if (is_built_in(name)) {
        snprintf(why, MLP_WHY, "%s: not made yet: mlp data %s makes it",
                 name, name);
        return MLP_ERROR_NAME;
    }
    if (is_file(name)) {
        snprintf(why, MLP_WHY,
                 "%.4000s: not a folder: mlp data FILE makes a corpus "
                 "of it", name);
        return MLP_ERROR_NAME;
    }
    if (!is_folder(name)) {
        snprintf(why, MLP_WHY,
                 "%.4000s: neither a folder nor one of the corpora ",
                 name);
        list_names(why, home);
        return MLP_ERROR_NAME;
    }
    snprintf(corpus->folder, MLP_PATH, "%s", name);
    char *path = realpath(name, NULL);
    if (path != NULL && strlen(path) < MLP_PATH && is_plain(path))
        snprintf(corpus->name, MLP_PATH, "%s", path);
    free(path);
    return MLP_OK;
}

static int load_alphabet(mlp_corpus *corpus, char *why)
{
    char path[MLP_PATH], *text;
    struct stat there;
    size_t length;
    if (!join(path, corpus->folder, "alphabet.txt")) {
        snprintf(why, MLP_WHY, "%s: the path is too long",
                 corpus->folder);
        return MLP_ERROR_FILE;
    }
    if (stat(path, &there) != 0 && errno == ENOENT) {
        int code = mlp_alphabet_create(&corpus->alphabet, NULL, 0);
        if (code != MLP_OK)
            snprintf(why, MLP_WHY, "%s: out of memory", path);
        return code;
    }
    int code = read_file(&text, &length, path, why);
    if (code != MLP_OK)
        return code;
    code = mlp_alphabet_parse(&corpus->alphabet, text, length, path,
                              why);
    free(text);
    return code;
}

int mlp_corpus_load(mlp_corpus **corpus, const char *name, char *why)
{
    mlp_corpus *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snprintf(why, MLP_WHY, "%.4000s: out of memory", name);
        return MLP_ERROR_MEMORY;
    }
    int code = find(c, name, why);
    if (code == MLP_OK)
        code = load_alphabet(c, why);
    if (code == MLP_OK)
        *corpus = c;
    else
        mlp_corpus_free(c);
    return code;
}

void mlp_corpus_free(mlp_corpus *corpus)
{
    if (corpus != NULL)
        mlp_alphabet_free(corpus->alphabet);
    free(corpus);
}

int mlp_corpus_tokens(uint16_t **tokens, size_t *N,
                      char sha256[MLP_SHA256], const mlp_corpus *corpus,
                      size_t split, char *why)
{
    char file[16], path[MLP_PATH];
    snprintf(file, sizeof file, "%s.txt", mlp_split_name(split));
    if (!join(path, corpus->folder, file)) {
        snprintf(why, MLP_WHY, "%s: the path is too long",
                 corpus->folder);
        return MLP_ERROR_FILE;
    }
    return mlp_tokens_load(tokens, N, sha256, corpus->alphabet, path,
                           why);
}
