"""The mutation run: breaks one sign, index or constant at a time, and sees the tests go red.

    python tests/mutants/mutants.py [WORD ...]    only the mutants whose description has a WORD

Each mutant is a copy of the repository with one change of text, in which the
tests of its file run until the first failure. A mutant that no test notices
survives: that is a gap in the tests, and the exit status is 1.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from of_litdocs import LITDOCS

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from cases import copy_of_repository  # noqa: E402

WORKERS = 2

# file: the tests that know it, and (what is there, what takes its place). Each text stands in
# its file once, or else after the first "…": "linear_backward…d *= 2" looks behind that name.
MUTANTS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "code/c/rng.c": (
        "mlp/test_rng.py",
        [
            ("*rng >> 12", "*rng >> 13"),
            ("*rng << 25", "*rng << 24"),
            ("*rng >> 27", "*rng >> 26"),
            ("0x2545F4914F6CDD1Du) >> 32", "0x2545F4914F6CDD1Du) >> 31"),
            ("(index + 1) * 0x9E37", "index * 0x9E37"),
            ("x ^ x >> 30", "x ^ x >> 31"),
            ("x ^ x >> 27", "x ^ x >> 26"),
            ("x ^= x >> 31", "x ^= x >> 30"),
            ("x == 0 ? 1 : x", "x"),
            ("rng_u32(rng) >> 8", "rng_u32(rng) >> 9"),
            ("(high - low) + low", "(high - low) - low"),
            ("if (u1 == 0)", "if (u1 == 1)"),
            ("sqrt(-2 * log", "sqrt(-1 * log"),
            ("(radius * cos(", "(radius * sin("),
            ("(radius * sin(", "-(radius * sin("),
            ("if (i + 1 < N)", "if (i + 2 < N)"),
            ("double radius", "float radius"),
            ("rng_stream(seed, index) >> 32", "rng_stream(seed, index) >> 31"),
            ("n * 0x9E3779B9u", "n * 0x9E3779B8u"),
            ("0x9E3779B9u ^ key", "0x9E3779B9u + key"),
            ("x ^ x >> 16) * 0x21F0AAADu", "x ^ x >> 17) * 0x21F0AAADu"),
            ("x ^ x >> 15) * 0x735A2D97u", "x ^ x >> 14) * 0x735A2D97u"),
            ("return x ^ x >> 15", "return x"),
        ],
    ),
    "code/c/ops.c": (
        "mlp/test_ops.py",
        [
            ("embedding_forward…weight[token * E + e]", "weight[token * E]"),
            ("embedding_forward…out[(b * T + t) * E + e]", "out[(b + t) * E + e]"),
            ("embedding_backward…+= dout", "= dout"),
            ("embedding_backward…inp[b * T + t]", "inp[b * T]"),
            ("linear_forward…sum += inp", "sum -= inp"),
            ("linear_forward…weight[o * I + i]", "weight[i * O + o]"),
            ("linear_forward…sum + bias[o]", "sum - bias[o]"),
            ("linear_forward…= sum + bias", "+= sum + bias"),
            ("linear_backward…dinp[b * I + i] +=", "dinp[b * I + i] -="),
            ("linear_backward…d * weight[o * I + i]", "d * weight[i]"),
            ("linear_backward…dweight[o * I + i] +=", "dweight[o * I + i] ="),
            ("linear_backward…d * inp[b * I + i]", "d * inp[i]"),
            ("linear_backward…dbias[o] += d", "dbias[o] = d"),
            ("tanh_forward…tanhf(inp[n])", "tanhf(-inp[n])"),
            ("tanh_backward…1.0f - out", "1.0f + out"),
            ("tanh_backward…dinp[n] +=", "dinp[n] ="),
            ("gelu_forward…x + GELU_CUBIC", "x - GELU_CUBIC"),
            ("gelu_forward…1.0f + tanhf", "1.0f - tanhf"),
            ("gelu_backward…1.0f + 3.0f", "1.0f - 3.0f"),
            ("gelu_backward…1.0f - tanh_u * tanh_u", "1.0f + tanh_u * tanh_u"),
            ("gelu_backward…0.5f * (1.0f + tanh_u)", "0.5f * (1.0f - tanh_u)"),
            ("gelu_backward…dinp[n] +=", "dinp[n] ="),
            ("0.7978845608028654f", "0.7978f"),
            ("0.044715f", "0.0447f"),
            ("softmax_forward…expf(row[v] - max)", "expf(row[v])"),
            ("softmax_forward…> max", "< max"),
            ("softmax_forward…/= sum", "*= sum"),
            ("softmax_forward…logits + b * V", "logits + b"),
            ("cross_entropy_forward…row[v] > max", "row[v] < max"),
            ("cross_entropy_forward…logf(sum) - (", "logf(sum) + ("),
            ("cross_entropy_forward…row[targets[b]] - max", "row[targets[0]] - max"),
            ("cross_entropy_backward…- y", "+ y"),
            ("cross_entropy_backward…+= (", "= ("),
            ("cross_entropy_backward…1.0f / (float)B", "1.0f / (float)V"),
            ("cross_entropy_backward…targets[b]", "targets[0]"),
            ("dropped…>= threshold", "> threshold + 1000000"),
            ("dropped…>= threshold", "< threshold"),
            ("dropped…x * scale", "x"),
            ("dropped…1 / (1 - p)", "1 / (1 + p)"),
            ("dropped…4294967296.0", "4290000000.0"),
            ("dropout_forward…first + n)", "n)"),
            ("dropout_backward…dinp[n] +=", "dinp[n] ="),
            ("dropout_backward…first + n)", "n)"),
            ("dropout_backward…dropped(dout[n]", "dropped(dinp[n]"),
        ],
    ),
    "code/c/fast.c": (
        "mlp/test_ops.py",
        [
            ("ab01 = SHUFFLE(a, b, LOW)", "ab01 = SHUFFLE(a, b, HIGH)"),
            ("out[2] = SHUFFLE(ab23", "out[2] = SHUFFLE(ab01"),
            ("out[1] = SHUFFLE(ab01, cd01, RIGHT)", "out[1] = SHUFFLE(ab01, cd01, LEFT)"),
            ("inp + 3 * stride, stride)", "inp + 2 * stride, stride)"),
            ("PAIR(4 * (lane), 1)", "PAIR(4 * (lane), 0)"),
            ("min_size(at, O - ALONE)", "at"),
            ("total, bias + o", "total, bias"),
            ("min_size(I, i0 + KC)", "I"),
            ("(o + v * WIDTH) * I + i, I)", "(o + v * WIDTH) * I, I)"),
            ("inp[i + k] * w[k]", "inp[i + k] * w[0]"),
            ("(o + v * WIDTH + n) * I + i]", "(o + v * WIDTH) * I + i]"),
            ("acc[v] + total[v]", "acc[v] - total[v]"),
            ("B == 1 && O >= ALONE", "B == 1"),
            ("B == 1 && O >= ALONE", "O >= ALONE"),
            ("x.cs == 1 && n + WIDTH <= N", "n + WIDTH <= N"),
            ("x.rs == 1 && N >= WIDTH ?", "N >= WIDTH ?"),
            ("x.rs == 1 && N >= WIDTH ?", "x.rs == 1 ?"),
            ("K - K % 4 : 0", "K : 0"),
            ("min_size(at, N - WIDTH)", "at"),
            ("matrix_from(x, k, n).at, x.cs", "matrix_from(x, k, 0).at, x.cs"),
            ("size_t k = whole; k < K", "size_t k = 0; k < whole"),
            ("row[n * x.cs]", "row[n]"),
            ("(vector){0}", "(vector){1}"),
            ("min_size(r, M - 1) * a.rs", "min_size(r, M - 1)"),
            ("min_size(r, M - 1) * a.rs", "r * a.rs"),
            ("acc[r][i] += row_of_a[r]", "acc[r][i] -= row_of_a[r]"),
            ("row_of_a[r][k * a.cs]", "row_of_a[r][k]"),
            ("acc[r][i] += *to", "acc[r][i] -= *to"),
            ("acc[r][i] += ((const vector_at *)bias)[i]", "acc[r][i] += *(const vector_at *)bias"),
            ("add ? *to : bias", "bias"),
            ("bias != NULL ? bias[n] : 0.0f", "0.0f"),
            ("tile[r * NR + n]", "tile[r * NR]"),
            ("M == rows && N == vectors * WIDTH", "M == rows"),
            ("M == rows && N == vectors * WIDTH", "N == vectors * WIDTH"),
            ("matrix_from(a, m, 0)", "a"),
            ("b.cs == 1 && (b.rs % 256", "(b.rs % 256"),
            ("N < width || !lies_well(b, M)", "!lies_well(b, M)"),
            ("b.at + k * b.rs", "b.at + k"),
            ("left > MR / 2", "left > MR"),
            ("min_size(left, MR), N", "MR, N"),
            ("matrix_from(a, 0, k)", "a"),
            ("matrix_from(b, k, n)", "matrix_from(b, 0, n)"),
            ("min_size(KC, K - k)", "min_size(KC, K)"),
            ("min_size(NR, N - n)", "NR"),
            ("matmul_panel(out + n, stride", "matmul_panel(out, stride"),
            ("bias == NULL ? NULL : bias + n", "bias"),
            ("add || k > 0", "add"),
            ("case 2: PANEL(2)", "case 2: PANEL(1)"),
            ("case 3: PANEL(3)", "case 3: PANEL(2)"),
            ("fast_linear_forward…(matrix){weight, 1, I}", "(matrix){weight, I, 1}"),
            ("fast_linear_backward…(matrix){weight, I, 1}", "(matrix){weight, 1, I}"),
            ("fast_linear_backward…(matrix){dout, 1, O}", "(matrix){dout, O, 1}"),
            ("fast_linear_backward…dout + b * O", "dout"),
            ("fast_linear_backward…memset(dbias", "memset(dinp"),
            ("fast_add…+=", "-="),
            ("x < -87.0f ? -87.0f", "x < -8.0f ? -8.0f"),
            ("x > 88.0f ? 88.0f", "x > 8.0f ? 8.0f"),
            ("1.44269504f", "1.34269504f"),
            ("n * -2.12194440e-4f", "n * 2.12194440e-4f"),
            ("1.381446689e-3f", "1.9e-3f"),
            ("8.368780415e-3f", "8.2e-3f"),
            ("4.166839421e-2f", "4.16e-2f"),
            ("1.666652011e-1f", "1.667e-1f"),
            ("4.999999341e-1f", "4.9999e-1f"),
            ("shifted.bits + 127", "shifted.bits + 126"),
            ("return p * f * f + f", "return p * f * f"),
            ("power * less_1 + power;", "power * less_1;"),
            ("a > 10.0f ? 10.0f", "a > 7.0f ? 7.0f"),
            ("(power - 1.0f)", "power"),
            ("d / (d + 2.0f), x)", "d / (d + 2.1f), x)"),
            ("copysignf(d / (d + 2.0f), x)", "d / (d + 2.0f)"),
            ("fast_tanh_backward…1.0f - out", "1.0f + out"),
            ("fast_tanh_backward…dinp[n] =", "dinp[n] +="),
            ("fast_gelu_forward…x + GELU_CUBIC", "x - GELU_CUBIC"),
            ("fast_gelu_forward…1.0f + fast_tanh", "1.0f - fast_tanh"),
            ("fast_gelu_backward…1.0f + 3.0f", "1.0f + 2.0f"),
            ("fast_gelu_backward…1.0f - tanh_u * tanh_u", "1.0f + tanh_u * tanh_u"),
            ("fast_gelu_backward…dinp[n] =", "dinp[n] +="),
            ("GELU_SCALE = 0.7978845608028654f", "GELU_SCALE = 0.7978f"),
            ("GELU_CUBIC = 0.044715f", "GELU_CUBIC = 0.0447f"),
            ("fast_cross_entropy_forward…row[v] > max", "row[v] < max"),
            ("fast_cross_entropy_forward…p[v] /= sum", "p[v] *= sum"),
            ("fast_cross_entropy_forward…losses[b] += logf", "losses[b] -= logf"),
            ("fast_cross_entropy_forward…row[targets[b]]", "row[targets[0]]"),
            ("fast_cross_entropy_forward…probs + b * V", "probs + b"),
            ("fast_cross_entropy_backward…1.0f / (float)B", "1.0f / (float)V"),
            ("fast_cross_entropy_backward…b * V + (size_t)targets[b]", "b * V"),
            ("fast_cross_entropy_backward…probs[n] - 1.0f", "probs[n] + 1.0f"),
            ("n * 0x9E3779B9u", "n * 0x9E3779B8u"),
            ("x ^ x >> 16) * 0x21F0AAADu", "x ^ x >> 17) * 0x21F0AAADu"),
            ("x ^ x >> 15) * 0x735A2D97u", "x ^ x >> 14) * 0x735A2D97u"),
            ("return x ^ x >> 15", "return x"),
            ("fast_dropout…4294967296.0", "4290000000.0"),
            ("fast_dropout…(first + n)", "(n)"),
            ("fast_dropout…inp[n] * scale", "inp[n]"),
            ("fast_dropout…bits >= threshold", "bits < threshold"),
            ("fast_dropout…? kept : 0.0f", "? kept : kept * 1e-9f"),
        ],
    ),
    "code/c/kernels.c": (
        "c/test_kernels.py mlp/test_vocabulary.py mlp/test_ops.py",
        [
            ("    textbook_gelu_backward,\n", "    textbook_tanh_backward,\n"),
            ("strcmp(name, SETS[i]->name) == 0", "i == 0"),
            ("(set->needs & ~has)", "(set->needs & has)"),
            ("sum += a.at[", "sum -= a.at["),
            ("k * b.rs + n * b.cs", "k * b.rs + n"),
            ("add ? *to", "add ? 0"),
            ("bias != NULL ? bias[n]", "bias != NULL ? bias[0]"),
            ("out[n] += inp[n]", "out[n] = inp[n]"),
            ("    zero(dweight, O * I);\n", ""),
            ("textbook_gelu_backward…    zero(dinp, N);\n", ""),
            ("    zero(dlogits, B * V);\n", ""),
            ("textbook_dropout_backward…    zero(dinp, N);\n", ""),
        ],
    ),
    "code/c/fold.c": (
        "mlp/test_ops.py",
        [
            ("weight + t * E, T * E, 1}", "weight, T * E, 1}"),
            ("{x.at, x.cs, x.rs}", "{x.at, x.rs, x.cs}"),
            ("t == 0 ? bias : NULL", "bias"),
            ("fold_forward…(t * V + token) * O", "token * O"),
            ("if (t == 0)", "if (t <= 1)"),
            ("memset(dtables", "memset(dbias"),
            ("fold_backward…(t * V + token) * O, dout + b * O", "token * O, dout + b * O"),
            ("dtables + t * V * O, O, 1}", "dtables, O, 1}"),
            ("dweight + t * E", "dweight"),
            ("NULL, t > 0", "NULL, 0"),
            ("dtables + v * O, O", "dtables + v, O"),
        ],
    ),
    "code/c/book/ladder.c": (
        "bench/test_ladder.py",
        [
            ("linear_partial_sums…i + SUMS <= I", "i + SUMS < I + SUMS"),
            ("linear_partial_sums…i + s < I", "i + s + 1 < I"),
            ("linear_partial_sums…sums[half + s]", "sums[half]"),
            ("linear_partial_sums…sums[0] + bias[o]", "sums[0]"),
            ("linear_outputs_inside…memset(out, 0, B * O", "memset(out, 0, O"),
            ("linear_outputs_inside…add_bias(out, bias, B, O)", "add_bias(out, bias, 1, O)"),
            ("panel[i * stride + o] = weight", "panel[o * stride + i] = weight"),
            ("linear_by_panels…i += DEPTH", "i += DEPTH + 1"),
            ("linear_by_panels…min_size(DEPTH, I - i)", "min_size(DEPTH, I)"),
            ("linear_by_panels…weight + o * I + i", "weight + o * I"),
            ("linear_by_panels…out + o, O, inp + i", "out + o, O, inp"),
            ("add_rows…panel[i * stride + o]", "panel[i * width + o]"),
            ("min_size(r, M - 1)", "r"),
            ("memcpy(sums + r * ACROSS, out", "memcpy(sums, out"),
            ("(panel + i * stride)", "(panel + i * ACROSS)"),
            ("memcpy(out + r * O", "memcpy(out + r * I"),
            ("min_size(ROWS, B - b)", "ROWS"),
            ("min_size(ACROSS, width - o)", "ACROSS"),
        ],
    ),
    "code/c/threads.c": (
        "c/test_threads.py",
        [
            ("w->part = started + 1", "w->part = started"),
            ("compute(job, 0, pool->n)", "compute(job, 1, pool->n)"),
            ("compute(job, 0, pool->n)", "compute(job, 0, 1)"),
            ("w->part, pool->n)", "0, 1)"),
            ("if (started < n - 1)", "if (started < n - 2)"),
            ("p->n = started + 1;", "p->n = n;"),
            ("sigfillset(&all)", "sigemptyset(&all)"),
            ("SIG_SETMASK, &before, NULL", "SIG_SETMASK, &all, NULL"),
        ],
    ),
    "code/c/team.c": (
        "c/test_threads.py",
        [
            ("grains * part / parts * grain", "grains * part / parts * (grain / 2)"),
            ("grains * (part + 1) / parts * grain", "grains * (part + 1) / parts * (grain / 2)"),
            ("to < size ? to : size", "to"),
            ("m = cut(&M, M, ROWS", "m = cut(&n, M, ROWS"),
            ("a.at += m * a.rs", "a.at += m * a.cs"),
            ("b.at += n * b.cs", "b.at += n * b.rs"),
            ("bias == NULL ? NULL : bias + n", "bias"),
            ("dout + b * O + from, n);\n}", "dout + b * O, n);\n}"),
            ("j->inp + from, n)", "j->inp, n)"),
            ("j->kept + from, n)", "j->kept, n)"),
            ("j->targets + b,", "j->targets,"),
            ("j->logits + b * V", "j->logits + b"),
            ("j->v + from, n", "j->v, n"),
            ("j->weight + from * T * E + t * E", "j->weight + t * E"),
            ("t == 0 ? j->bias + from", "t == 0 ? j->bias"),
            ("(t * V + token) * O + from", "token * O + from"),
            ("memset(dtables + row * O, 0, n", "memset(dtables + row * O, 0, 0 * n"),
            ("j->dweight + from * T * E", "j->dweight"),
            ("dbias, dtables + v * O, n", "dbias, dtables + v, n"),
            ("j->weight + t * E + from", "j->weight + t * E"),
            ("t > 0);", "0);"),
            ("    run(t, work, fold_backward_wte_part, &j);\n", ""),
            ("j->key, from, n)", "j->key, 0, n)"),
            (
                "j->kernel(j->out + from, j->inp + from, j->p",
                "j->kernel(j->out + from, j->inp, j->p",
            ),
        ],
    ),
    "code/c/adamw.c": (
        "mlp/test_model.py",
        [
            ("BETA1 = 0.9,", "BETA1 = 0.8,"),
            ("BETA2 = 0.999", "BETA2 = 0.99"),
            ("EPS = 1e-8", "EPS = 1e-7"),
            ("1 - pow(BETA1", "1 + pow(BETA1"),
            ("pow(BETA2, (double)step)", "pow(BETA2, (double)step + 1)"),
            ("mix1 * (g - m[n])", "mix1 * (g + m[n])"),
            ("mix2 * g * g", "mix2 * g"),
            ("1 - learning_rate * weight_decay", "1 - weight_decay"),
            ("-learning_rate / correction1", "learning_rate / correction1"),
            ("* root + eps", "* root - eps"),
            ("* root + eps", "/ root + eps"),
            ("(float)(1 - BETA2)", "1.0f - (float)BETA2"),
        ],
    ),
    "code/c/model.c": (
        "mlp/test_vocabulary.py mlp/test_ops.py mlp/test_model.py c/test_evaluate.py",
        [
            ("? c->context * c->embedding : c->hidden", "? c->hidden : c->context * c->embedding"),
            ("model->folded = model->fold;", "model->folded = 0;"),
            ("mlp_model_backward…m->folded)", "m->fold)"),
            ("    model->fold = 1;\n", ""),
            ("memset(dp->wte, 0, V * E", "memset(dp->wte, 0, 0 * V"),
            ("drop_backward(m, 0, a->dembedded),", "a->embedded,"),
            ("a->dact = a->pre[0]", "a->dact = a->act[0]"),
            ("(n + 15) / 16 * 16", "n / 16 * 16"),
            ("init_linear…1 / sqrt((double)I)", "1 / sqrt((double)O)"),
            ("init_linear…layer.weight, O * I, -k", "layer.weight, O * I, 0"),
            ("void forward…== MLP_TANH", "== MLP_GELU"),
            ("void backward…dact, a->act[l]", "dact, a->act[0]"),
            ("void backward…dact, a->pre[l]", "dact, a->act[l]"),
            ("void forward…a->x[l + 1] = drop(m, l + 1, a->act[l])", "a->x[l + 1] = a->act[l]"),
            ("void folded_forward…== MLP_TANH", "== MLP_GELU"),
            ("void folded_forward…a->x[l]", "a->act[0]"),
            ("void folded_backward…a->x[c->layers]", "a->x[1]"),
            ("void folded_backward…dact, a->act[l]", "dact, a->act[0]"),
            ("void folded_backward…dact, a->pre[l]", "dact, a->act[l]"),
            ("void folded_backward…a->x[l]", "a->act[l - 1]"),
            (
                "void backward…a->x[l], layer.weight",
                "l == 0 ? a->x[0] : a->act[l - 1], layer.weight",
            ),
            ("(size_t)tokens[n] >= V", "(size_t)tokens[n] > V"),
            ("mlp_model_forward…B == 0 || B >", "B >"),
            ("mlp_model_forward…B > model->max_batch", "B > model->max_batch + 1"),
            ("code = check_tokens(targets, B, V)", "code = check_tokens(targets, B - 1, V)"),
            ("windows->N / B", "windows->count / B"),
            ("B > windows->count", "B > windows->N"),
            ("batches > full)", "batches > full + 1)"),
            ("sum / (double)batches", "sum / (double)full"),
            ("windows, i, B);", "windows, 0, B);"),
            ("size_t layer = (i - 1) / 2", "size_t layer = i / 2"),
            ("is_bias = i % 2 == 0", "is_bias = i % 2 == 1"),
            ("|| T != model->config.context", ""),
            ("if (size > limit)", "if (size >= limit * 2)"),
            ("1 + 2 * (model->config.layers + 1)", "2 * (model->config.layers + 1)"),
            ("is_bias ? 0 : inputs_of_layer(c, layer)", "is_bias ? 1 : inputs_of_layer(c, layer)"),
            ("sum / (double)B)", "sum / (double)model->max_batch)"),
            ("&& !isfinite(sum)", "&& 0"),
            ("stopped != NULL && stopped()", "0"),
            ("void forward…drop(m, 0, a->embedded)", "a->embedded"),
            ("void forward…drop(m, l + 1, a->act[l])", "drop(m, l + 1, a->pre[l])"),
            ("void forward…a->logits, a->x[c->layers]", "a->logits, a->x[1]"),
            ("void folded_forward…drop(m, l + 1, a->act[l])", "a->act[l]"),
            ("void folded_forward…a->logits, a->x[c->layers]", "a->logits, a->x[1]"),
            ("void backward…a->x[c->layers]", "a->act[c->layers - 1]"),
            ("void backward…drop_backward(m, l + 1, a->dact)", "a->dact"),
            ("void backward…drop_backward(m, 0, a->dembedded)", "a->dembedded"),
            ("void folded_backward…drop_backward(m, l + 1, a->dact)", "a->dact"),
            ("layer == 0 ? c->input_dropout : c->dropout", "c->dropout"),
            ("*drop…rng_key(m->stream, layer)", "rng_key(m->stream, 0)"),
            ("*drop_backward…rng_key(m->stream, layer)", "rng_key(m->stream, 0)"),
            ("m->stream != 0 && ", ""),
            ("B, 0, loss)", "B, 1, loss)"),
            ("l <= c->layers; l++", "l < c->layers; l++"),
            ("dropped = n > dropped ? n : dropped", "dropped = n"),
            ("    if (c->input_dropout > 0)\n        return MLP_ERROR_VALUE;\n", ""),
        ],
    ),
    "code/c/windows.c": (
        "mlp/test_model.py mlp/test_shuffle.py",
        [
            (".count = padded ? N : N - T", ".count = padded ? N : N - T - 1"),
            ("!padded && N <= T", "!padded && N < T"),
            ("windows->padded && tokens[target - 1] == 0", "tokens[target - 1] == 0"),
            (
                "windows->padded && tokens[target - 1] == 0",
                "windows->padded && tokens[target] == 0",
            ),
            ("inputs[--t] = 0", "inputs[--t] = 1"),
            ("windows->count * B + b", "windows->count + b"),
            ("window % windows->count", "window % (windows->count + 1)"),
            ("target += windows->T", "target += windows->T - 1"),
            ("mlp_windows_batch…inputs + b * T", "inputs + b"),
            ("mlp_windows_shuffled…inputs + b * T", "inputs + b"),
            ("step % N * B + b", "step % N + b"),
            ("step / N * B + place / N", "step / N + place / N"),
            ("step / N * B + place / N", "step / N * B"),
            ("step / N * B + place / N", "step * B / N"),
            ("shuffled_window(place % N", "shuffled_window(b % N"),
        ],
    ),
    "code/c/shuffle.c": (
        "mlp/test_shuffle.py",
        [
            ("ROUNDS = 3", "ROUNDS = 2"),
            ("turn << 32 | line", "line"),
            ("turn = 1; turn <", "turn = 0; turn <"),
            (") >> 32;", ") >> 31;"),
            ("cell / columns, column = cell % columns", "cell % rows, column = cell % columns"),
            ("(key, turn, row)) % columns", "(key, turn, column)) % columns"),
            ("(key, turn + 1, column)", "(key, turn, column)"),
            ("row * columns + column", "row * rows + column"),
            ("rng_stream(seed, epoch)", "rng_stream(seed + epoch, 0)"),
            ("columns * columns < N", "columns * columns <= N"),
            ("(N + columns - 1) / columns", "N / columns + 1"),
            ("while (cell >= N)", "while (0)"),
        ],
    ),
    "code/c/config.c": (
        "c/test_config.py mlp/test_config.py mlp/test_rng.py mlp/test_model.py",
        [
            (
                "learning_rate = 7e-4,\n      .weight_decay = 1e-4",
                "learning_rate = 7e-3,\n      .weight_decay = 1e-4",
            ),
            ("value >= row->whole.minimum", "value > row->whole.minimum"),
            ("value <= row->whole.maximum", "value < row->whole.maximum"),
            ("value >= row->real.minimum", "value > row->real.minimum"),
            ("value <= row->real.maximum", "value < row->real.maximum"),
            ("WHOLE(1, UINT64_MAX)", "WHOLE(1, UINT32_MAX)"),
            ("REAL(DBL_TRUE_MIN, LARGEST)", "REAL(DBL_TRUE_MIN, DBL_MAX)"),
            ("V * E + H * (I + 1)", "V * E + H"),
            ("2 * L * H + dropped", "H + dropped"),
            ("10 * value + digit", "value + digit"),
            ("(UINT64_MAX - digit) / 10", "UINT64_MAX"),
            ("*out = (int)i;", "*out = 0;"),
            ("return *text == '\\0';", "return 1;"),
            (
                "    if (*end == '.') {\n        text = end + 1;",
                "    if (*end == '.') {\n        text = end;",
            ),
            ("*end == 'e' || *end == 'E'", "*end == 'e'"),
            ("text += *text == '+' || *text == '-'", "text += *text == '+'"),
            ("return end != text && *end == '\\0';", "return *end == '\\0';"),
            ("return end != text && *end == '\\0';", "return end != text;"),
            ("    if (!is_real(text))\n        return 0;\n", ""),
            ('strcmp(text, "1") != 0', "text[0] != '1'"),
            ("|| max_batch > MLP_MAX_SIZE", ""),
            ("(L - 1) * H * (H + 1)", "L * H * (H + 1)"),
            ("number == 0 || number == 1", "number >= 0"),
            ('"%.*g", digits', '"%.*g", 6 + 0 * digits'),
            ("least == DBL_TRUE_MIN", "least == 1"),
            ('i == 0 ? " " : ", "', '", "'),
            ("strcmp(name, PRESETS[i].name) == 0", "i == 0"),
            ("training->warmup <= training->steps", "training->warmup < training->steps"),
            ("code == MLP_OK ? warmup_check(training, why) : code", "code"),
            ("config->input_dropout > 0 ? I : 0", "0"),
            ("config->dropout > 0 ? L * H : 0", "0"),
            ("(1 - DBL_EPSILON / 2)", "1"),
            (".whole = {least, most}", ".whole = {1, most}"),
        ],
    ),
    "code/c/character.c": (
        "c/test_tokens.py",
        [
            ("first < 0xc0 ? 0", "first < 0xc0 ? 1"),
            ("first < 0xf8 ? 4", "first <= 0xff ? 4"),
            ("next >> 6 != 2", "next >> 7 != 1"),
            ("i < n && i < length", "i < n"),
            ("c < LEAST[n]", "c < LEAST[n] - 1"),
            ("0x80, 0x800, 0x10000}", "0x80, 0x801, 0x10000}"),
            ("c > 0x10ffff", "c > 0x1fffff"),
            ("|| surrogate)", ")"),
            (
                "*character = STRAY + first;\n        return 1",
                "*character = STRAY + first;\n        return i",
            ),
            ("character < 0x800   ? 2", "character <= 0x800   ? 2"),
            ("0x80 | (c & 0x3f)", "0x80 | (c & 0x1f)"),
            ("character >= STRAY + 0x80", "character > STRAY + 0x80"),
            ("character <= STRAY + 0xff", "character < STRAY + 0xff"),
            ("{0x7f, 0xa0}", "{0x7f, 0x9f}"),
            ("{0x2028, 0x202f}", "{0x2028, 0x202e}"),
            ("{0xe0000, 0xe0fff}", "{0xe0001, 0xe0fff}"),
            ('"U+%04X"', '"U+%X"'),
            ("{0xad, 0xad}", "{0xad, 0xae}"),
            ("{0x115f, 0x1160}", "{0x1160, 0x1160}"),
            ("{0x205f, 0x206f}", "{0x2060, 0x206f}"),
            ("{0xfff0, 0xfff8}", "{0xfff0, 0xfff9}"),
            ("{0x1d173, 0x1d17a}", "{0x1d173, 0x1d179}"),
            ("character >= RANGES[i][0] && ", ""),
        ],
    ),
    "code/c/alphabet.c": (
        "c/test_tokens.py",
        [
            ("alphabet->characters[0] = '\\n'", "alphabet->characters[0] = 0"),
            ("|| letter == '\"'", ""),
            ("|| letter == '\\\\'", ""),
            ("is_stray_byte(letter) || ", ""),
            ("|| is_invisible(letter)", ""),
            ("letter <= alphabet->characters", "letter < alphabet->characters"),
            ("a->V > MLP_MAX_SIZE))\n        code", "a->V > MLP_MAX_SIZE + 1))\n        code"),
            ("(a->V == 1 ||", "(a->V == 0 ||"),
            ("(i < length && text[i] != '\\n')", "0"),
            ("size_t line = 1", "size_t line = 0"),
            ("if (a->V > 1 && ", "if ("),
            ("first = middle + 1", "first = middle + 2"),
            ("end = middle;", "end = middle - 1;"),
            ("a->V == b->V", "a->V <= b->V"),
            ("a->V * sizeof *a->characters) == 0", "a->V) == 0"),
            ("a->V <= MLP_MAX_SIZE)\n        return", "a->V < MLP_MAX_SIZE)\n        return"),
            ("where, a->V - 1, MLP_MAX_SIZE - 1", "where, a->V, MLP_MAX_SIZE - 1"),
        ],
    ),
    "code/c/tokens.c": (
        "c/test_tokens.py",
        [
            ("if (column > 1)", "if (column > 2)"),
            ("token == 0 && column == 1", "token == 0 && column == 2"),
            ("if (f->count++ == 0)", "if (f->count++ >= 0)"),
            ("line++;", "line += 2;"),
            ("column = 0;", "column = 1;"),
            ("c == ' ' || c == '\\t'", "c == ' '"),
            ("c <= 'Z'", "c < 'Z'"),
            ('f->count == 1 ? "" : "first "', 'f->count == 1 ? "first " : ""'),
            ('between = ", "', 'between = "; "'),
            ("if (n == 0)", "if (n == 1)"),
            ("sha256_of(sha256, text, length)", "sha256_of(sha256, text, length - 1)"),
            ("c == BOM               ? MARK", "c == BOM + 1 ? MARK"),
            ("tokens[n++] = 0;", "n++;"),
            ("*N = n;", "*N = n - 1;"),
        ],
    ),
    "code/c/sha256.c": (
        "c/test_tokens.py",
        [
            ("rotate(a, 7)", "rotate(a, 8)"),
            ("^ b >> 10", "^ b >> 11"),
            ("length + 1 > BLOCK - 8", "length > BLOCK - 8"),
            ("block[length] = 0x80", "block[length] = 0x40"),
            ("8 * (uint64_t)length", "(uint64_t)length"),
            ("length >= BLOCK", "length > BLOCK"),
            ("0xc67178f2,", "0xc67178f3,"),
            ("0x5be0cd19,", "0x5be0cd18,"),
            ("(~e & s[6])", "(e & s[6])"),
            ("^ (s[1] & s[2])", "^ (s[1] & s[3])"),
            ("s[4] += t;", "s[5] += t;"),
            ("rotate(e, 25)", "rotate(e, 24)"),
            ("rotate(a, 22)", "rotate(a, 21)"),
            ("block[BLOCK - 1 - i]", "block[BLOCK - 8 + i]"),
            ('"%08lx"', '"%8lx"'),
        ],
    ),
    "code/c/corpus.c": (
        "mlp/test_own_corpus.py",
        [
            ('"MLP_HOME"', '"MLP_HOUSE"'),
            ('"XDG_CACHE_HOME"', '"XDG_CACHE"'),
            ('CACHE[] = ".cache"', 'CACHE[] = ".config"'),
            ("name[0] != '.'", "name[0] != ','"),
            ("&& strchr(name, '/') == NULL", ""),
            ("strcmp(name, last) > 0", "strcmp(name, last) >= 0"),
            ("strcmp(name, next) < 0", "strcmp(name, next) > 0"),
            ("&& !is_built_in(name)", ""),
            ("c == '\"' ||", ""),
            ("is_plain(path))", "1)"),
            ("errno == ENOENT", "errno == EACCES"),
            ('"alphabet.txt"', '"letters.txt"'),
            ("S_ISREG", "S_ISDIR"),
            ("&& value[0] != '\\0' ? value", "? value"),
            ("strcmp(name, BUILT_IN[i]) == 0", "i == 0 && strcmp(name, BUILT_IN[i]) == 0"),
            ("if (is_built_in(name)) {", "if (0) {"),
            ("if (!is_folder(name)) {", "if (0) {"),
            ("name[0] != '\\0' && name[0] != '.'", "name[0] != '.'"),
            ("|| c == '\\\\'", ""),
            ("c < ' ' ||", ""),
            ("|| is_stray_byte(c))", ")"),
            ("mlp_split_name(split))", "mlp_split_name(0))"),
        ],
    ),
    "code/c/checkpoint.c": (
        "c/test_checkpoint.py mlp/test_checkpoint.py",
        [
            ("h->step > h->training.steps", "h->step > h->training.steps + 1"),
            ("r->step = h->step", "r->step = 0"),
            ("&config, &training), 17)", "&config, &training), 16)"),
            ("e->offsets[1] > length", "e->offsets[1] > length + 4"),
            ("(first + tensor.offset) * sizeof(float)", "first * sizeof(float)"),
            ("MAX_HEADER = 1 << 20", "MAX_HEADER = (1 << 20) + 1"),
            ("character == '\\\\' || ", ""),
            ("character < ' '", "character < '\\t'"),
            ("|| is_stray_byte(character)", ""),
            ("(UINT64_MAX - digit) / 10", "UINT64_MAX"),
            ("|| (*first == '0' && c->at - first > 1)", ""),
            ("seen[number])\n", "0)\n"),
            ("seen[IS_CORPUS] == seen[IS_SHA256]", "1"),
            ("seen[IS_FORMAT] && ", ""),
            ("&& seen[IS_STEP]", ""),
            ("value.length < MLP_PATH", "value.length <= MLP_PATH"),
            ("digits == MLP_SHA256 - 1", "1"),
            ('"0123456789abcdef"', '"0123456789abcdefF"'),
            ("if (s.length >= KEY)", "if (s.length > KEY)"),
            ("&& !dtypes++", "&& ++dtypes"),
            ("&& !shapes++", "&& ++shapes"),
            ("if (!dtypes || !shapes || !offsets)", "if (!dtypes || !shapes)"),
            ('"__metadata__") && !ours', '"__metadata__")'),
            ("&& c.at == c.end)", ")"),
            ("b->offsets[0] < a->offsets[1]", "b->offsets[0] + 4 < a->offsets[1]"),
            ("if (filled == length)", "if (filled <= length)"),
            ("!isfinite(out[n])", "isnan(out[n])"),
            ("out[n] < 0)", "out[n] < -1)"),
            ("SECOND_MOMENTS = 2", "SECOND_MOMENTS = 1"),
            ("n < elements(&tensor); n++", "n + 1 < elements(&tensor); n++"),
            ("(*alphabet)->V == h->config.vocab", "1"),
            ("alphabet->characters[V - 1] == 'z'", "1"),
            ("if (!e->used)", "if (0)"),
            ('append(&header, " ");', 'append(&header, "  ");'),
            ("if (!isfinite(numbers[n]))", "if (isnan(numbers[n]))"),
            (
                "for (size_t n = 0; n < N; n++)\n        if (!isfinite",
                "for (size_t n = 1; n < N; n++)\n        if (!isfinite",
            ),
            ("e->shape[1] != tensor->columns", "e->shape[1] < tensor->columns"),
            ("|| e->shape[0] != tensor->rows", ""),
            ("json > MAX_HEADER ||", ""),
            ("warmup_check(&h->training, wrong) != MLP_OK", "0"),
        ],
    ),
    "code/c/saving.c": (
        "mlp/test_saving.py",
        [
            ("SHARE = 50", "SHARE = 51"),
            ("LONGEST = 60", "LONGEST = 61"),
            ("if (!s->saved)", "if (s->saved)"),
            ("s->step != step && s->every == 0", "s->step != step"),
            ("step % s->every == 0", "step % s->every == 1"),
            ("s->cost = now - start", "s->cost = 0"),
            ("s->ended = now", "s->ended = start"),
            ("s->step != step && ", ""),
            (">= SHARE * s->cost", "> SHARE * s->cost"),
            (">= LONGEST", "> LONGEST"),
            ("        s->saved = 1;\n", ""),
        ],
    ),
    "code/c/log.c": (
        "mlp/test_log.py",
        [
            ("at <= step", "at < step"),
            ("*c == ',' && newline < end", "*c == ','"),
            ("log->has && step <= log->last", "log->has && step < log->last"),
            ("if (ms >= 0)", "if (ms >= -1)"),
            ("there.st_size > 0 && !force", "0"),
            ("length < HEAD || memcmp(text, HEADER, HEAD) != 0", "0"),
            ("ftruncate(log->file, kept - text)", "ftruncate(log->file, length)"),
            ("step, train, val, took", "step, val, train, took"),
            ("*step = 10 * *step +", "*step = *step +"),
            ("? newline + 1", "? newline"),
            ("there.st_size > 0 && resumed", "0"),
            ('"%.3f", ms', '"%.2f", ms'),
            ("log->last = at;", "log->last = 0;"),
            ("kept = text + HEAD", "kept = text"),
            ("(there.st_size > 0 && ftruncate(log->file, 0) != 0)", "0"),
        ],
    ),
    "code/c/files.c": (
        "mlp/test_files.py mlp/test_saving.py",
        [
            ("next += n;", "next += 0;"),
            ("start = link[0] == '/' ? 0 : d->folder", "start = d->folder"),
            ("!S_ISREG(there.st_mode))\n        return", "0)\n        return"),
            ("d->mode = there.st_mode & 07777", "d->mode = 0666"),
            ("if (d->exists)\n        (void)!fchmod", "if (0)\n        (void)!fchmod"),
            ("(void)flock(d->file, LOCK_EX);", ""),
            ("&& flock(file, LOCK_EX | LOCK_NB) == 0", ""),
            ("== DIGITS\n           && strcmp", ">= 0\n           && strcmp"),
            ("if (error == 0) {\n        unlink(d.aside);", "if (error == 0) {"),
            ("if (error != 0)\n            unlink(d.aside)", "if (0)\n            unlink(d.aside)"),
            ("room == 0 ? 65536 : 2 * room", "room == 0 ? 65536 : 65536"),
            ("if (d->exists && S_ISDIR(there.st_mode))\n        return EISDIR;\n", ""),
            ("if (n < 0 && errno != EINTR)", "if (n < 0 && errno == EINTR)"),
            ("|| rename(d->aside, d->target) != 0", ""),
            ("errno != ENOENT || ", ""),
        ],
    ),
    "code/c/sizes.c": (
        "mlp/test_cli.py",
        [
            ("4 * (4 * params + activations)", "4 * (3 * params + activations)"),
            ("4 * (4 * params + activations)", "4 * 4 * params"),
            ("fmin(most, (double)limit.rlim_cur)", "most"),
            ("if (params > limit)", "if (0)"),
            ("if (activations > limit)", "if (0)"),
            ("if (needs > has)", "if (0)"),
        ],
    ),
    "code/c/main.c": (
        "mlp/test_command_lines.py mlp/test_cli.py",
        [
            ("text == NULL || (is_file && text[0] == '\\0')", "text == NULL"),
            ('strcmp(word, "-h") == 0 || ', ""),
            ("s->steps = 1;", "(void)0;"),
            ("(o.commands & OWN) && s->own[0] == '\\0'", "o.commands & OWN"),
            ("    read_options(s, words, command);\n", ""),
            ("return s.help ? 0 : 2;", "return 0;"),
            ("print_help(stderr);\n        status = 2;", "print_help(stderr);"),
            ("name[0] == '-' ? \"option\"", "name[0] == '+' ? \"option\""),
            ("if (name == NULL && s->resume == NULL)", "if (name == NULL)"),
            ("strcmp(path, OUT) == 0 && stat", "stat"),
            ("warmup_check(&s->training, why) != MLP_OK\n        || ", ""),
            ("!is_hyperparameter(o) && strcmp", "strcmp"),
            ("mlp_model_fold(run->model, s->fold)", "MLP_OK"),
            ("fold == MLP_OK && threads == MLP_OK", "threads == MLP_OK"),
            ("fold == MLP_ERROR_VALUE", "fold == MLP_OK"),
        ],
    ),
    "code/c/signals.c": (
        (
            "mlp/test_signals.py::test_ctrl_c_saves_and_a_resumed_run_is_the_uninterrupted_one "
            "mlp/test_signals.py::test_other_signals_save_as_well "
            "mlp/test_signals.py::test_a_signal_that_was_ignored_stays_so "
            "mlp/test_signals.py::test_in_c_a_second_ctrl_c_kills_and_leaves_nothing_half_written "
            "mlp/test_signals.py::test_in_c_a_batch_that_takes_too_long_is_not_waited_for"
        ),
        [
            ("wished = 1", "wished = 0"),
            ("{SIGINT, SIGTERM, SIGHUP}", "{SIGINT, SIGTERM, SIGTERM}"),
            ("if (before[i].sa_handler != SIG_IGN)", "if (1)"),
            ("(int)SA_RESETHAND | SA_RESTART", "SA_RESTART"),
            ("number == SIGINT", "number == SIGALRM"),
            ("sigaction(SIGALRM, &alarm, NULL);", ""),
            ("return wished != 0;", "return 0;"),
            ("_exit(STOPPED);\n}", "_exit(0);\n}"),
            ("LAST_WORDS, sizeof LAST_WORDS - 1", "LAST_WORDS, sizeof LAST_WORDS - 2"),
        ],
    ),
    "code/c/schedule.c": (
        "mlp/test_model.py",
        [
            ("1 + cos(PI", "1 - cos(PI"),
            ("cos(PI * progress)", "cos(2 * PI * progress)"),
            ("learning_rate * 0.5", "learning_rate * 0.25"),
            ("3.141592653589793", "3.1415927"),
            ("(double)(step - warmup)", "(double)(step + 1 - warmup)"),
            ("step < warmup", "step <= warmup"),
            ("(double)(step + 1)", "(double)step"),
            ("/ (double)warmup", "/ (double)steps"),
            ("steps - warmup : 1", "steps : 1"),
            ("steps > warmup ? steps - warmup : 1", "steps - warmup"),
        ],
    ),
    "code/c/floats.c": (
        (
            "mlp/test_model.py "
            "c/test_config.py "
            "c/test_program.py::test_too_little_memory_is_an_error"
        ),
        [
            ("% LINE", "% 1"),
            ("LINE = 64", "LINE = 16"),
            ("    if (floats == NULL)\n        return;\n", ""),
            ("    if (base == NULL)\n        return NULL;\n", ""),
            ("calloc(N * sizeof(float) + LINE, 1)", "malloc(N * sizeof(float) + LINE)"),
        ],
    ),
    "code/c/run.c": (
        "mlp/test_rng.py c/test_config.py mlp/test_model.py",
        [
            ("run->step + 1,", "run->step + 2,"),
            ("windows, run->step,", "windows, run->step + 1,"),
            ("run->step, t->batch, t->seed", "run->step + 1, t->batch, t->seed"),
            ("t->batch, t->seed", "t->batch, 1"),
            ("if (t->shuffled)", "if (!t->shuffled)"),
            ("(t->learning_rate, run->step,", "(t->learning_rate, run->step + 1,"),
            ("uint64_t rng = training->seed", "uint64_t rng = 1337"),
            ("run->alphabet->V != run->config.vocab", "0"),
            ("training_check(training);", "MLP_OK;"),
            ("run->step++;", "run->step += 2;"),
            ("t->weight_decay);", "0);"),
            (
                "                                     t->steps, t->warmup),",
                "                                     t->steps + 1, t->warmup),",
            ),
            (
                "mlp_model_create(&r->model, config, B)",
                "mlp_model_create(&r->model, config, B + 1)",
            ),
            ("t->steps, t->warmup", "t->steps, 0"),
            ("rng_stream(t->seed, run->step)", "rng_stream(t->seed, run->step + 1)"),
            ("rng_stream(t->seed, run->step)", "rng_stream(1337, run->step)"),
        ],
    ),
    "code/c/sample.c": (
        (
            "mlp/test_rng.py "
            "mlp/test_sample.py "
            "mlp/test_own_corpus.py "
            "mlp/test_saving.py::test_outputs_that_are_no_numbers_are_an_error"
        ),
        [
            ("coin < cumulative", "coin <= cumulative"),
            ("cumulative += (double)probs[v]", "cumulative = (double)probs[v]"),
            ("return (int)V - 1", "return 0"),
            ("|| seed == 0", ""),
            ("room < WIDEST ? room : WIDEST", "WIDEST"),
            ("s->known[i] = -1", "s->known[i] = 0"),
            ("if (n >= MLP_MAX_NAME)", "if (n > MLP_MAX_NAME)"),
            ("prompt[i] <= 0 ||", "prompt[i] < 0 ||"),
            ("(size_t)prompt[i] >= sampler->V", "(size_t)prompt[i] > sampler->V"),
            ("sampler->letters = n", "sampler->letters = 0"),
            ("memcmp(a, b, s->T * sizeof(int)) == 0", "memcmp(a, b, sizeof(int)) == 0"),
            ("token == 0 && s->padded", "token == 0"),
            ("token == 0 && s->padded", "token == 1 && s->padded"),
            ("context[s->T - 1] = token", "context[0] = token"),
            ("push(s, d->context, 0)", "push(s, d->context, 1)"),
            ("token != 0 && d->letters == MLP_MAX_NAME", "0"),
            ("logits[v] / ", "logits[v] * "),
            ("if (!append_token(s, d, sample_token", "if (append_token(s, d, sample_token"),
            ("if (same(s, s->known", "if (!same(s, s->known"),
            ("s->inputs + unknown * s->T, d", "s->inputs, d"),
            ("logits + i * s->V", "logits"),
            ("s->first + (uint64_t)(d - s->drafts)", "(uint64_t)(d - s->drafts)"),
            ("s->first + (uint64_t)(d - s->drafts)", "s->first"),
            ("s->drafts[i - 1].context", "s->before"),
            ("s->first += s->width", "s->first += 1"),
            ("wider < s->widest ? wider : s->widest", "wider"),
            ("live = join_names(s)", "live = 0"),
            ("copy(s, s->before, s->drafts[s->width - 1].context)", "(void)s->before"),
            ("d->tokens[i] != 0", "1"),
            ("name + used, sampler", "name, sampler"),
            ("prompt[before] != prompt[i]", "before < i"),
            ('between = ", "', 'between = "; "'),
            ("alphabet->V - 1 > SHORT_ALPHABET", "alphabet->V - 1 > 0"),
            ("read + 1 < MLP_MAX_NAME", "read < MLP_MAX_NAME - 2"),
            ("if (read >= MLP_MAX_NAME)", "if (read > MLP_MAX_NAME)"),
            ("wrong += tokens[read] <= 0", "wrong += tokens[read] < -9"),
            ("if (!isfinite(s->scaled[v]))", "if (0)"),
            ("temperature >= MLP_COLDEST && ", ""),
            ("|| alphabet->V != mlp_model_config(model).vocab", ""),
            ("if (n >= MLP_MAX_NAME)", "if (n > MLP_MAX_NAME)"),
            ("(size_t)prompt[i] >= sampler->V", "(size_t)prompt[i] > sampler->V"),
        ],
    ),
    "code/c/errors.c": (
        (
            "mlp/test_vocabulary.py "
            "mlp/test_saving.py::test_with_no_memory_at_all_a_training_ends_with_one_line "
            "c/test_program.py::test_too_little_memory_is_an_error"
        ),
        [
            ('return "out of memory"', 'return "no memory"'),
            ('return "stopped"', 'return "unknown name"'),
            ('return "unknown error"', 'return "no error"'),
            ('case MLP_ERROR_SIZE: return "a size is zero or beyond its limit";\n', ""),
        ],
    ),
    "code/c/web/web.c": (
        "web/test_wasm.py",
        [
            ("    desk.loss = NAN;\n", ""),
            ("run->step >= run->training.steps", "0"),
            ("split == MLP_TRAIN && full > TRAIN_BATCHES", "full > TRAIN_BATCHES"),
            ("TRAIN_BATCHES = 20", "TRAIN_BATCHES = 19"),
            ("return B < N ? B : N;", "return B;"),
            ("n + t >= T ? prompt[n + t - T] : 0", "t < n ? prompt[t] : 0"),
            ("    if (split == MLP_TRAIN)\n        sha256_of", "    sha256_of"),
            ("    memcpy(run->corpus, desk.corpus, sizeof run->corpus);\n", ""),
            ("    memcpy(run->sha256, desk.sha256, sizeof run->sha256);\n", ""),
            ("    desk.config.vocab = desk.alphabet->V;\n", ""),
            ("!mlp_alphabet_equal(run->alphabet, desk.alphabet)", "0"),
            ("v < run->alphabet->V; v++", "v + 1 < run->alphabet->V; v++"),
            ("        desk.config = config;\n", ""),
            ("        desk.training = training;\n", ""),
            ("strcmp(desk.run->sha256, desk.sha256) == 0", "1"),
            ("!isfinite(desk.loss)", "0"),
            ("desk.run->training.padded, temperature, seed", "0, temperature, seed"),
            ("temperature, seed);", "1, seed);"),
            ("temperature, seed);", "temperature, 42);"),
            ("run->training.padded);\n    fold", "0);\n    fold"),
            ("row->help != NULL ? row->help :", "row->help == NULL ? row->help :"),
            ("row->kind == MLP_KIND_CHOICE", "0"),
            ("                                  6);", "                                  2);"),
            (
                "&desk.windows[split],\n                      batch, B)",
                "&desk.windows[split], 0, B)",
            ),
            ('add("%s", mlp_strerror(code))', "(void)code"),
        ],
    ),
    "code/python/mlp/rng.py": (
        "mlp/test_rng.py",
        [
            ("x >> 12", "x >> 13"),
            ("(x << 25) & _MASK64", "x << 25"),
            ("x ^= x >> 27\n        self", "x ^= x >> 28\n        self"),
            ("& _MASK64) >> 32", "& _MASK64) >> 33"),
            ("self.u32() >> 8", "self.u32() >> 7"),
            ("(high - low) + low", "(high - low) - low"),
            ("or 2.0**-24", "or 2.0**-23"),
            ("(n + 1) // 2", "n // 2"),
            ("radius * math.sin", "-radius * math.sin"),
            ("not 0 < seed", "not 0 <= seed"),
            ("seed <= _MASK64", "seed <= _MASK64 + 1"),
            ("self.u32() * n >> 32", "self.u32() * (n - 1) >> 32"),
            ("np.uint64) + 1) * 0x9E37", "np.uint64)) * 0x9E37"),
            ("x ^= x >> 30", "x ^= x >> 29"),
            ("x ^= x >> 27\n    x *=", "x ^= x >> 26\n    x *="),
            ("x ^= x >> 31", "x ^= x >> 30"),
            ("np.where(x == 0, np.uint64(1), x)", "x"),
            ("states ^= states >> 12", "states = states ^ states >> 12"),
            ("states << 25", "states << 24"),
            ("states >> 27", "states >> 26"),
            ("0x2545F4914F6CDD1D >> 40", "0x2545F4914F6CDD1D >> 41"),
            ("len(items) - 1, 0, -1", "len(items) - 1, 1, -1"),
            ("x *= GOLDEN", "x *= GOLDEN - 1"),
            ("x ^= key", "x += np.uint32(key)"),
            ("x ^= x >> 16\n    x *= MIX[0]", "x ^= x >> 17\n    x *= MIX[0]"),
            ("x ^= x >> 15\n    x *= MIX[1]", "x ^= x >> 14\n    x *= MIX[1]"),
            ("x ^= x >> 15\n    return x", "return x"),
            ("stream(seed, index) >> 32", "stream(seed, index) >> 33"),
        ],
    ),
    "code/python/mlp/tokens.py": (
        "c/test_tokens.py mlp/test_corpora.py",
        [
            ("\\u2000-\\u200f", "\\u2001-\\u200f"),
            ("letter <= before", "letter < before"),
            ("letter in '\"\\\\' or ", ""),
            ("self.codes[-1] + 2, -1", "self.codes[-1] + 1, -1"),
            ("+ 2, -1, np.int32", "+ 2, 0, np.int32"),
            ("stream[n : n + len(tokens)] = tokens", "stream[: len(tokens)] = tokens"),
            ("return stream[:n]", "return stream"),
            ("np.uint16)\n", "np.uint8)\n"),
            ("+ 1 or len(data)", "or len(data)"),
            ("lines += int(ends.sum())", "pass"),
            ("line = lines + text", "line = text"),
            ("if kind not in faults", "if True"),
            (".count += len(found)", ".count = len(found)"),
            ("sorted(faults)", "faults"),
            ("(ends & np.append(True, ends[:-1]))", "ends"),
            ("np.append(True, ends[:-1])", "np.append(False, ends[:-1])"),
            ('text.count("\\n", 0, first) + 1', 'text.count("\\n", 0, first)'),
            ('codes <= ord("Z")', 'codes < ord("Z")'),
            ("{ord(character) - 0xDC00:02x}", "{ord(character):02x}"),
            (
                'if fault.count == 1 else (more, "first ")',
                'if fault.count <= 2 else (more, "first ")',
            ),
            ('yield text if text.endswith("\\n") else text + "\\n"', "yield text"),
            ("\\xad", "\\xac"),
            ("\\u115f-", "\\u1160-"),
            ("\\u205f-", "\\u2060-"),
            ("\\ufff8", "\\ufff9"),
            ("\\U000e0000-", "\\U000e0001-"),
            ('"\\udc80" <= character', '"\\udc81" <= character'),
            ("1 <= len(self.letters) <= MAX_LETTERS", "len(self.letters) <= MAX_LETTERS"),
        ],
    ),
    "code/python/mlp/corpora.py": (
        "mlp/test_corpora.py mlp/test_own_corpus.py",
        [
            ('and "/" not in corpus', ""),
            ('and not corpus.startswith(".")', ""),
            ("sorted(set(names) - set(CORPORA))", "sorted(set(names))"),
            ("return path if plain", "return path if True"),
            (
                "    if name.isascii():\n        return name.lower()\n",
                "    if name.isascii():\n        return name\n",
            ),
            ("if not unicodedata.combining(letter)", "if letter"),
            ("wrong < len(lines)", "wrong < 0"),
            ("{wrong + 1}: not one letter", "{wrong}: not one letter"),
            ("            if source is not None:\n                _copied(name, source)\n", ""),
            ("if actual != expected:", "if False:"),
            ("if len(line) != 1)", "if len(line) > 1)"),
            ("wrong = single if first is None else first", "wrong = single"),
            ("if ready.exists() and not force:", "if ready.exists():"),
            ("not in (errno.EEXIST, errno.ENOTEMPTY)", "in (errno.EEXIST, errno.ENOTEMPTY)"),
            ("len(path.encode()) <= MAX_PATH", "len(path) <= MAX_PATH"),
            ("if not 1 <= len(lines) <= MAX_LETTERS", "if not len(lines) <= MAX_LETTERS"),
            ("for folder in (source / name, source)", "for folder in (source,)"),
            ("[a-z]{2,15}", "[a-z]{3,15}"),
            ("[a-z]{2,15}", "[a-z]{2,14}"),
            ("error.filename or path", "path"),
        ],
    ),
    "code/python/mlp/options.py": (
        "mlp/test_command_lines.py mlp/test_cli.py mlp/test_plot.py",
        [
            ("ctx.exit(2)", "ctx.exit(0)"),
            ("args = [word]\n        elif", "pass\n        elif"),
            ('word.startswith("-") else "command"', 'False else "command"'),
            ("if word in HELP:", "if False:"),
            ("equals and by_name[name].is_flag", "False"),
            ("if text is None:", "if False:"),
            ("if equals else next(rest, None)", "if text else next(rest, None)"),
            ("if o in OWN), None)", "if o in sorted(OWN)[:2]), None)"),
            ("if not text:", "if False:"),
            ("if not text.endswith(endings):", "if False:"),
            ("library().mlp_kernels_check(text.encode()) != 0", "False"),
            ("autocompletion=lambda: list(names)", "autocompletion=None"),
            (' - {"--steps"}', ""),
            ("return field.name if value else", "return field.name if not value else"),
        ],
    ),
    "code/python/mlp/memory.py": (
        "mlp/test_cli.py",
        [
            ("4 * (4 * config.size", "4 * (3 * config.size"),
            (" + activations(config, training))", ")"),
            ("min(most, limit)", "most"),
            ("if needs > has:", "if False:"),
        ],
    ),
    "code/python/mlp/plot.py": (
        "mlp/test_plot.py",
        [
            ("check_writable(out)\n    curves", "curves"),
            ("if not data.startswith(HEADER)", "if False"),
            ("start=2", "start=1"),
            ("whole(step, 0", "whole(step, 1"),
            ("real(val, 0", "real(train, 0"),
            ("real(train, 0", "real(val, 0"),
            ("if not losses[0]", "if False"),
            ("if len(logs) == 1", "if True"),
            ("text.set_parse_math(False)", "pass"),
            ('"svg.hashsalt": "mlp"', '"svg.hashsalt": None'),
            ('{"Date": None}', "{}"),
            ('{"CreationDate": None}', "{}"),
            ("out.suffix[1:])])\n\n\ndef plot_study(", "'png')])\n\n\ndef plot_study("),
        ],
    ),
    "code/python/mlp/words.py": (
        "mlp/test_words.py",
        [
            ("if kind not in self.examples", "if True"),
            (".get(kind, 0) + 1", ".get(kind, 1) + 1"),
            ("if count == 1 else kind", "if count == 2 else kind"),
            ("val + test <= 99", "val + test <= 100"),
            ("len(words) < len(SPLITS)", "len(words) < 2"),
            ("if not set(letters) <= set(LATIN.letters)", "if keep_script"),
            ("if name in CORPORA", "if False"),
            ("codecs.BOM_UTF16_LE, ", ""),
            (
                '("lines ended by a carriage return", "\\r\\n?", "\\n")',
                '("lines ended by a carriage return", "\\r\\n", "\\n")',
            ),
            ('if "\\0" in text', "if False"),
            ("if not text.strip()", "if not text"),
            ('unicodedata.normalize("NFC", small)', "small"),
            ("kept = fold(word)", "kept = small"),
            ("elif kept in words", "elif False"),
            ("return sorted(words)", "return list(words)"),
            ("and not INVISIBLE.match(c) for c in word", "for c in word"),
            ("if not word or not all(", "if not all("),
            (
                '    if len(word) > MAX_NAME:\n        return f"more',
                '    if len(word) > MAX_NAME + 1:\n        return f"more',
            ),
            ("max(1, len(words) * percent // 100)", "len(words) * percent // 100"),
            ('    if not files["train.txt"]:', "    if False:"),
            ("RNG(SHUFFLE_SEED).shuffle(words)", "pass"),
        ],
    ),
    "code/python/mlp/checkpoint.py": (
        (
            "mlp/test_checkpoint.py "
            "mlp/test_own_corpus.py "
            "mlp/test_saving.py::test_what_could_not_be_read_is_not_written"
        ),
        [
            ("MAX_HEADER = 2**20", "MAX_HEADER = 2**20 + 1"),
            ("MAX_VALUE = 63", "MAX_VALUE = 64"),
            (", object_pairs_hook=_object", ""),
            (", parse_int=_digits", ""),
            ("number >= 2**64", "number > 2**64"),
            ('text.startswith("-") or ', ""),
            ('("corpus" in metadata) != ("corpus_sha256" in metadata)', "False"),
            ("> MAX_PATH:", "> MAX_PATH + 1:"),
            ("type(n) is int for n", "isinstance(n, int) for n"),
            ("if (tensor < 0).any()", "if (tensor < -1).any()"),
            ("if step > training.steps", "if step > training.steps + 1"),
            ("config.vocab != alphabet.vocab", "False"),
            ("if begin < filled", "if False"),
            ("if end > length", "if end > length + 4"),
            ("if filled != length", "if filled > length"),
            ("if source.alphabet != LATIN", "if True"),
            ("        check_sizes(config, training)\n", ""),
            ('if b"\\\\" in data:', "if False:"),
            ("if key not in expected:", "if False:"),
            ("if not np.isfinite(tensor).all():", "if np.isnan(tensor).any():"),
            ("end - begin != 4 * prod(shape)", "False"),
            ("tuple(dims) != shape or", ""),
            ('data[8:9] == b"{"', "data[8:9]"),
            ("len(text) % 8", "len(text) % 4"),
            ("math.isfinite(tensor.min()) and ", ""),
            ("start, end = end, end + numbers.nbytes", "start, end = end, end + numbers.size"),
        ],
    ),
    "code/python/mlp/weights.py": (
        "mlp/test_model.py",
        [
            ("1 / math.sqrt(shape[1])", "1 / math.sqrt(shape[0])"),
            ("(n, -bound, bound)", "(n, 0, bound)"),
            ("rng.normal(n)", "rng.uniform(n, -1, 1)"),
            ("rng.uniform(n, -bound, bound)", "rng.uniform(n, -1, 1)"),
        ],
    ),
    "code/python/mlp/ops_numpy.py": (
        "mlp/test_ops.py",
        [
            ("return weight[inp]", "return weight[inp] * 2"),
            ("(tokens == inp.ravel())", "(tokens <= inp.ravel())"),
            (
                "onehot_t, dout.reshape(-1, embedding), out=out",
                "onehot_t, dout.reshape(-1, embedding)",
            ),
            ("out += bias", "out -= bias"),
            ("np.matmul(dout, weight, out=out[0])", "np.matmul(-dout, weight, out=out[0])"),
            ("np.matmul(dout.T, inp, out=out[1])", "np.matmul(-dout.T, inp, out=out[1])"),
            ("np.matmul(dout.T, inp, out=out[1])", "np.matmul(dout.T, inp)"),
            ("np.sum(dout, axis=0, out=out[2])", "np.mean(dout, axis=0, out=out[2])"),
            ("np.tanh(inp)\n", "np.tanh(-inp)\n"),
            ("dout * (1 - out * out)", "dout * (1 + out * out)"),
            ("inp + GELU_CUBIC", "inp - GELU_CUBIC"),
            ("0.5 * inp * (1 + tanh)", "0.5 * inp * (1 - tanh)"),
            ("1 + 3 * GELU_CUBIC", "1 + 2 * GELU_CUBIC"),
            ("1 - tanh * tanh", "1 + tanh * tanh"),
            ("0.5 * (1 + tanh) +", "0.5 * (1 + tanh) -"),
            ("GELU_SCALE = math.sqrt(2 / math.pi)", "GELU_SCALE = 0.8"),
            ("GELU_CUBIC = 0.044715", "GELU_CUBIC = 0.0447"),
            ("np.exp(logits - logits.max(axis=-1, keepdims=True))", "np.exp(logits)"),
            ("exps / exps.sum(axis=-1, keepdims=True)", "exps / exps.sum()"),
            ("shifted = logits - logits.max(axis=-1, keepdims=True)", "shifted = logits"),
            ("np.log(sums[:, 0]) -", "np.log(sums[:, 0]) +"),
            ("targets] -= 1", "targets] += 1"),
            ("dlogits / len(targets)", "dlogits"),
            ("dlogits = probs.copy()", "dlogits = probs"),
            ("rng.bits(key, inp.size) >=", "rng.bits(key, inp.size) <"),
            ("int(p * 2**32)", "int(p * 2**31)"),
            ("inp.dtype.type(1 / (1 - p))", "inp.dtype.type(1)"),
            ("return inp * mask, mask", "return inp * mask, mask * 2"),
            ("dout if mask is None else dout * mask", "dout if mask is None else dout"),
        ],
    ),
    "code/python/mlp/adamw_numpy.py": (
        "mlp/test_model.py",
        [
            ("BETA1, BETA2, EPS = 0.9,", "BETA1, BETA2, EPS = 0.8,"),
            ("0.999, 1e-8", "0.999, 1e-7"),
            ("1 - BETA1**self.step", "1 + BETA1**self.step"),
            ("1 - BETA2**self.step", "1 - BETA2 ** (self.step + 1)"),
            ("np.subtract(grads, m, out=change)", "np.add(grads, m, out=change)"),
            ("np.subtract(grads, m, out=change)", "change = grads - m"),
            ("change *= 1 - BETA1", "change *= 1 - BETA2"),
            ("v *= BETA2", "v *= BETA1"),
            ("change *= grads", "change *= 1"),
            ("1 - learning_rate * self.weight_decay", "1 - self.weight_decay"),
            ("1 / math.sqrt(correction2)", "1 / correction2"),
            ("+= EPS", "-= EPS"),
            ("(m, -learning_rate /", "(m, learning_rate /"),
        ],
    ),
    "code/python/mlp/model_numpy.py": (
        "mlp/test_ops.py mlp/test_model.py",
        [
            ("(ops.gelu_forward, ops.gelu_backward)", "(ops.gelu_forward, ops.tanh_backward)"),
            (
                "fill(self.params, weights)",
                "fill(self.params, {n: -w for n, w in weights.items()})",
            ),
            ("float(losses.mean())", "float(losses.sum())"),
            ("backward…reversed(self.layers)", "self.layers"),
            ("backward…self.activation[1](dx,", "self.activation[1](-dx,"),
            ("embedding_backward…dembedded", "-dembedded"),
            ("class FoldedMLP…enumerate(others, 1)", "enumerate(others[1:], 1)"),
            ("class FoldedMLP…reversed(self.layers)", "self.layers"),
            ("class FoldedMLP…self.activation[1](dx,", "self.activation[1](-dx,"),
            ("fold_backward(dpre", "fold_backward(-dpre"),
            ("(dwte, *out)", "(None, *out)"),
            ('x, cache["dropout"] = self.drop(x, 0, stream)', 'cache["dropout"] = None'),
            ("logits…self.drop(x, i + 1, stream)", "self.drop(x, 1, stream)"),
            ("config.dropout if layer > 0 else config.input_dropout", "config.dropout"),
            ("if stream == 0 or p == 0", "if p == 0"),
            ("rng.key(stream, layer)", "rng.key(stream, 0)"),
            ('backward…dx = ops.dropout_backward(dx, cache[f"{layer}.dropout"])', "pass"),
            ('dx = ops.dropout_backward(dx, cache["dropout"])', "pass"),
            ("self.logits(inputs, stream)", "self.logits(inputs)"),
            ("class FoldedMLP…self.drop(x, 1, stream)", "self.drop(x, 2, stream)"),
            ("class FoldedMLP…self.drop(x, i + 1, stream)", "self.drop(x, i, stream)"),
            ('class FoldedMLP…dx = ops.dropout_backward(dx, cache[f"{layer}.dropout"])', "pass"),
        ],
    ),
    "code/python/mlp/arrays.py": (
        "mlp/test_model.py mlp/test_vocabulary.py",
        [
            ("-room.ctypes.data % CACHE_LINE", "0"),
            ("start = end", "start += 1"),
            ("tensors[name][...] = value", "tensors[name] = value"),
            ("size + CACHE_LINE // dtype.itemsize", "size"),
            ("flat[start:end].reshape(shape)", "flat[start:end].reshape(shape).copy()"),
        ],
    ),
    "code/python/mlp/fold_numpy.py": (
        "mlp/test_ops.py mlp/test_model.py",
        [
            ("weights.transpose(0, 2, 1)", "weights.transpose(0, 2, 1) * 2"),
            ("tables[0] += bias", "tables[0] -= bias"),
            ("tables[0] += bias", "tables += bias"),
            ("tokens.T[:, None] == ids", "tokens.T[:, None] <= ids"),
            ("np.sum(dtables @ weights", "np.mean(dtables @ weights"),
            ("axis=0, out=out[0]", "axis=0"),
            ("np.sum(dtables[0], axis=0", "np.sum(dtables, axis=(0, 1)"),
            ("np.empty_like(weight) if out[1] is None else out[1]", "np.empty_like(weight)"),
            ("return read.sum(axis=1)", "return read.mean(axis=1)"),
        ],
    ),
    "code/python/mlp/model_torch.py": (
        "mlp/test_ops.py mlp/test_model.py",
        [
            ('nn.GELU("tanh")', "nn.GELU()"),
            ("x = dropout(self.activation(linear(x)))", "x = dropout(linear(x))"),
            ("logits.logsumexp(1) - chosen", "logits.logsumexp(1) + chosen"),
            ("logits.gather(1, targets[:, None])", "logits.gather(1, targets[:, None] * 0)"),
            ('.T + p[f"hidden.', '.T - p[f"hidden.'),
            ('return x @ p["output.weight"].T +', 'return x @ p["output.weight"].T -'),
            ("model.load_state_dict(weights)", "pass"),
            ("not self.training or ", ""),
            ("int(self.p * 2**32)", "int(self.p * 2**31)"),
            (" * (1 / (1 - self.p))", ""),
            ("x = self.input_dropout(x)", "pass"),
            ("dropout(self.activation(linear(x)))", "self.activation(linear(x))"),
            ("rng.key(stream, layer)", "rng.key(stream, 0)"),
            ("model.input_dropout, *model.dropout", "*model.dropout, model.input_dropout"),
        ],
    ),
    "code/python/mlp/config.py": (
        (
            "mlp/test_vocabulary.py "
            "mlp/test_config.py "
            "mlp/test_model.py "
            "mlp/test_cli.py::test_sizes_too_large_together_are_refused_before_any_work"
        ),
        [
            ("_whole(512", "_whole(511"),
            ("_real(7e-4", "_real(7e-3"),
            (
                "if not least <= value <= most:\n            if",
                "if not least <= value < most:\n            if",
            ),
            ("if value not in choices", "if False"),
            ("inputs = self.hidden", "inputs = self.embedding"),
            ("MAX_LAYERS = 16", "MAX_LAYERS = 17"),
            ('[0-9]+", text) and len(text.lstrip("0")) <= 20', '[0-9]+", text)'),
            ('"[0-9]+", text)', 'r"\\d+", text)'),
            ("(\\.[0-9]+)?|", "(\\.[0-9]*)?|"),
            ("[eE]", "e"),
            ('text == "1"', 'text == "0"'),
            ("if self.size > MAX_PARAMS:", "if False:"),
            ("inputs + 2 * hidden", "inputs + hidden"),
            ("if least == LEAST_REAL:", "if least == 0:"),
            ("if name not in PRESETS:", "if not name:"),
            ('if text not in ("0", "1")', "if False"),
            ("if self.warmup > self.steps", "if self.warmup >= self.steps"),
            ("if self.warmup > self.steps", "if False"),
            ("inputs * (config.input_dropout > 0)", "0"),
            ("hidden * (config.dropout > 0)", "0"),
            ("math.nextafter(1, 0)", "1.0"),
            ("self.dropout > 0 or self.input_dropout > 0", "self.dropout > 0"),
            ("self.dropout > 0 or self.input_dropout > 0", "self.input_dropout > 0"),
        ],
    ),
    "code/python/mlp/mixture.py": (
        "mlp/test_mixture.py",
        [
            ("- np.logaddexp", "+ np.logaddexp"),
            ("min(first + AT_ONCE, len(windows))", "first + AT_ONCE"),
            ("range(0, len(windows), AT_ONCE)", "range(0, len(windows) - AT_ONCE, AT_ONCE)"),
            ("if not np.isfinite(p).all()", "if False"),
            ("CLOSE = 1e-6", "CLOSE = 1e-1"),
            ("parts.sum(axis=0)", "parts.max(axis=0)"),
            ("-np.log(likelihoods).mean()", "-np.log(likelihoods.mean())"),
        ],
    ),
    "code/python/mlp/ngram.py": (
        "mlp/test_ngram.py mlp/test_own_corpus.py",
        [
            ("(ids + column) * self.vocab", "ids + column * self.vocab"),
            ("return ids + targets", "return ids - targets"),
            ("x = ids // self.vocab\n        self.contexts", "x = ids\n        self.contexts"),
            ("(first + int(token)) * self.vocab", "first + int(token) * self.vocab"),
            ("np.where(seen[places] == ids, values[places], otherwise)", "values[places]"),
            ("if vocab**order >= 2**63", "if vocab**order >= 27**5"),
            ("class NgramModel…vocab: int = VOCAB_SIZE", "vocab: int = 28"),
            ("class NgramModel…padded: bool = False", "padded: bool = True"),
            ("(1 if self.padded else self.order)", "self.order"),
            ("(1 if self.padded else self.order)", "1"),
            ("Windows(tokens, context, self.padded)", "Windows(tokens, context)"),
            ("1 <= order <= MAX_ORDER", "0 <= order <= MAX_ORDER"),
            ("0 <= smoothing < math.inf", "0 <= smoothing"),
            ("self.vocab * smoothing", "smoothing"),
            ("above / below, 1 / self.vocab", "above / below, 0"),
            ("min(trials, key", "max(trials, key"),
            ("if len(context) != self.order - 1", "if len(context) < self.order - 1"),
            ("-np.log(likelihoods).mean()", "-np.log(likelihoods).sum()"),
            ("class KneserNey…vocab: int = VOCAB_SIZE", "vocab: int = 28"),
            ("class KneserNey…padded: bool = True", "padded: bool = False"),
            ("windows % self.vocab**n", "windows // self.vocab"),
            ("windows % self.vocab**n", "windows % self.vocab**(n - 1)"),
            ("reversed(range(1, self.order))", "reversed(range(2, self.order))"),
            (
                "np.unique(shorter, return_counts=True)",
                "np.unique(self._ids(tokens) % self.vocab**n, return_counts=True)",
            ),
            ("self.levels.insert(0, level", "self.levels.append(level"),
            ("self.levels = [level", "self.levels += [level"),
            ("np.full(len(ids), 1 / self.vocab)", "np.zeros(len(ids))"),
            ("xy = ids % self.vocab**n", "xy = ids"),
            ("x = xy // self.vocab", "x = xy"),
            ("kept + gamma * p", "kept + gamma"),
            ("seen.gammas, x, 1)", "seen.gammas, x, 0)"),
            ("np.minimum(counts, 3)]", "np.minimum(counts, 2)]"),
            ("np.bincount(context, counts)", "np.bincount(context)"),
            ("np.bincount(context, off)", "np.bincount(context)"),
            ("np.bincount(context, off) / totals", "np.bincount(context, off)"),
            ("(counts - off) / totals[context]", "(counts - off)"),
            ("(counts - off)", "counts"),
            ("np.minimum(counts, 5)", "np.minimum(counts, 4)"),
            ("n[1] + 2 * n[2]", "n[1] + n[2]"),
            ("(k + 1) * Y", "k * Y"),
            ("Y * n[k + 1] / n[k]", "n[k + 1] / n[k]"),
            ("(found > 0) & (found < k)", "found < k"),
            ("(found > 0) & (found < k)", "found > 0"),
            ("found, k / 2)", "found, 0)"),
            ("if isinstance(smoothing, str)", "if not isinstance(smoothing, str)"),
        ],
    ),
    "code/python/mlp/schedule.py": (
        "mlp/test_model.py",
        [
            ("(1 + math.cos(", "(1 - math.cos("),
            ("0.5 *", "0.25 *"),
            ("max(steps - warmup, 1)", "max(steps - warmup - 1, 1)"),
            ("if step < warmup", "if step <= warmup"),
            ("(step + 1) / warmup", "step / warmup"),
            ("max(steps - warmup, 1)", "(steps - warmup)"),
            ("(step - warmup) /", "step /"),
        ],
    ),
    "code/python/mlp/windows.py": (
        "mlp/test_model.py mlp/test_shuffle.py",
        [
            ("1 if padded else context + 1", "1 if padded else context"),
            ("(stream, context)[:-1]", "(stream, context)[1:]"),
            ("(stream, context)[:-1]", "(stream, context)[:-1].copy()"),
            ("stream[context:]", "stream[context - 1 :]"),
            ("rows = step * size", "rows = step"),
            ("step * size % len(self)", "step * size % self.n_tokens"),
            ("take(rows % len(self))", "take(rows % self.n_tokens)"),
            ("seed, step * size, size", "seed, step, size"),
            ("n, seed, step", "n, 1, step"),
            ("n = len(self)", "n = self.n_tokens"),
            ("if self.padded:", "if True:"),
            ("self.contexts[rows].astype(np.int32)", "self.contexts[rows]"),
            ("self.targets[rows].astype(np.int32)", "self.targets[rows]"),
            ("(inputs)] = END", "(inputs)] = END + 1"),
            ("inputs == END", "inputs == END + 1"),
            ("ends[:, ::-1], axis=1)[:, ::-1]", "ends, axis=1)"),
        ],
    ),
    "code/python/mlp/shuffle.py": (
        "mlp/test_shuffle.py",
        [
            ("ROUNDS = 3", "ROUNDS = 2"),
            ("(first + size - 1) // AT_ONCE + 1", "first // AT_ONCE + 1"),
            ("(first + size - 1) // AT_ONCE + 1", "(first + size) // AT_ONCE"),
            ("start = first % AT_ONCE", "start = 0"),
            ("divmod(block * AT_ONCE, n)", "divmod(AT_ONCE, n)"),
            ("epoch % 2**64 + places // n", "epoch % 2**64 + 0 * places"),
            ("epoch % 2**64", "epoch % 2**63"),
            ("(places % n, n,", "(places, n,"),
            ("columns * columns < n", "columns * columns <= n"),
            ("(n + columns - 1) // columns", "n // columns + 1"),
            ("beyond := cells >= n", "beyond := cells > n"),
            ("keys[beyond])", "keys[: beyond.sum()])"),
            ("turn, row)) % columns", "turn, column)) % columns"),
            ("turn + 1, column", "turn, column"),
            ("row * columns + column", "row * rows + column"),
            ("(turn << 32) + lines", "turn + lines"),
            ("amounts >>= 32", "amounts >>= 31"),
        ],
    ),
    "code/python/mlp/sample.py": (
        (
            "mlp/test_sample.py "
            "mlp/test_own_corpus.py "
            "mlp/test_saving.py::test_outputs_that_are_no_numbers_are_an_error "
            "mlp/test_cli.py::test_a_bad_option_of_sample_is_named "
            "mlp/test_cli.py::test_a_prompt_starts_each_name_and_the_seed_decides"
        ),
        [
            ("contexts[i : i + ROWS]", "contexts[i : i + 1]"),
            ("logits / logits.dtype.type(temperature)", "logits"),
            ("cumulative <= ", "cumulative < "),
            ("probs.shape[-1] - 1)", "probs.shape[-1])"),
            ("streams(seed, first + wrong)", "streams(seed, wrong)"),
            ("(starts[1:] != ends[:-1]).any(axis=1)", "(starts[1:] != ends[:-1]).all(axis=1)"),
            ("before = ends[-1:]", "before = ends[:1]"),
            ("first + width, min(", "first + 1, min("),
            ("ends[live] = _push(contexts, np.zeros(len(live), np.int32), padded)", "pass"),
            ("[contexts[:, 1:], tokens]", "[contexts[:, :-1], tokens]"),
            ("if padded:", "if True:"),
            ("pushed[tokens == END]", "pushed[tokens == 1]"),
            ("(self.known[slots] != contexts).any", "(self.known[slots] != contexts).all"),
            ("self.known[slots[unknown]] = contexts[unknown]", "pass"),
            ("self.probs[slots[unknown]] = probs[unknown]", "pass"),
            ("np.full((self.slots, context), -1,", "np.full((self.slots, context), 0,"),
            ("if len(prompt) >= MAX_NAME", "if len(prompt) > MAX_NAME"),
            ("if token <= END", "if token < END"),
            ("len(letters) <= SHORT_ALPHABET", "len(letters) > SHORT_ALPHABET"),
            ("if not np.isfinite(scaled).all():", "if False:"),
        ],
    ),
    "code/python/mlp/backend_c.py": (
        (
            "mlp/test_model.py "
            "mlp/test_sample.py "
            "c/test_program.py::test_fold_is_another_sum_with_nearly_the_same_losses"
        ),
        [
            ("self.steps += 1", "self.steps += 2"),
            ("range(0, len(inputs), self.max_batch)", "range(1)"),
            ("lambda _, model=self.model: None", "lambda _: None"),
            ("self.steps = steps", "self.steps = 0"),
            ("self.steps, learning_rate, self.weight_decay", "self.steps, learning_rate, 0"),
            (
                "mlp_model_kernels(self.model, kernels.encode())",
                "mlp_model_kernels(self.model, b'auto')",
            ),
            ("mlp_model_fold(self.model, fold)", "mlp_model_fold(self.model, False)"),
            ('"uint64_t *", training.seed', '"uint64_t *", 1337'),
            ("(self.m, m), (self.v, v)", "(self.m, v), (self.v, m)"),
            ("rng_stream(self.seed, self.steps)", "rng_stream(1337, self.steps)"),
            ("rng_stream(self.seed, self.steps)", "rng_stream(self.seed, self.steps + 1)"),
            ("pointer(targets), 0, loss", "pointer(targets), 1, loss"),
            ("ffi.NULL, 0, ffi.NULL", "ffi.NULL, 1, ffi.NULL"),
        ],
    ),
    "code/python/mlp/backend_torch.py": (
        (
            "mlp/test_model.py "
            "mlp/test_trajectory.py::test_all_three_agree_on_other_models "
            "mlp/test_checkpoint.py::test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit "
            "mlp/test_saving.py::test_pytorch_without_memory_says_so_like_the_others "
            "mlp/test_cli.py::test_a_backend_or_device_that_is_not_there_is_named "
            "mlp/test_cli.py::test_every_device_that_pytorch_knows_is_there_or_is_one_line "
            "mlp/test_switches.py::test_bf16_trains_and_is_near"
        ),
        [
            ("if bf16:", "if False:"),
            ("self.optimizer.zero_grad()", "pass"),
            ('self.__dict__.pop("optimizer", None)', "pass"),
            ('self.optimizer.param_groups[0]["lr"] = learning_rate', "pass"),
            ("torch.tensor(float(self.steps))", "torch.tensor(0.0)"),
            ('.splitlines()[0].split(". ")[0]', ""),
            ('"can\'t allocate memory" in str(error)', "False"),
            ("raise MemoryError from error", "raise"),
            ("stream(self.seed, self.steps)", "stream(1337, self.steps)"),
            ("self.steps += 1", "pass"),
            ("self.model.train()", "pass"),
            ("loss…self.model.eval()", "pass"),
            ("logits…self.model.eval()", "pass"),
            ("(m, v), steps", "(m, v), 0"),
        ],
    ),
    "code/python/mlp/clib.py": (
        "mlp/test_model.py mlp/test_vocabulary.py c/test_config.py",
        [
            ('ACTIVATIONS.index(values["activation"])', "0"),
            ('"int32": "int[]"', '"int32": "float[]"'),
            ('"uint16": "uint16_t[]"', '"uint16": "int[]"'),
            ("if code != 0:", "if code > 0:"),
            ("function(len(found))", "function(len(found) + 1)"),
            ("np.ascontiguousarray(array)", "array"),
        ],
    ),
    "code/python/mlp/workers.py": (
        "mlp/test_workers.py",
        [
            ("self.first_row = dist.get_rank() * share", "self.first_row = 0"),
            ("slice(self.first_row, self.first_row + share)", "slice(0, share)"),
            ("return cast(Tensor, self.module.loss.grad)", "return torch.zeros(())"),
            ("self.module.loss.grad = None", "pass"),
            ('_store().set(ENDED, "")', "pass"),
            ("wish.made or _has_ended()", "True"),
            ("order.moments, order.step, order.step", "({}, {}), 0, order.step"),
        ],
    ),
    "code/python/mlp/saving.py": (
        "mlp/test_saving.py",
        [
            ("SHARE = 50", "SHARE = 51"),
            ("LONGEST = 60.0", "LONGEST = 61.0"),
            ("self.saved is None or (self.every", "(self.every"),
            ("self.every is None and waited", "waited"),
            ("self.run.step % self.every == 0", "self.run.step % self.every == 1"),
            ("if str(error) != self.warned:", "if True:"),
            ("self.cost = self.ended - start", "self.cost = 0.0"),
            ("isinstance(error, NotANumber) or not whole", "not whole"),
            ("isinstance(error, NotANumber) or not", "isinstance(error, NotANumber) and not"),
            ("self.run.whole or isinstance(error, WorkerGone)", "self.run.whole"),
            (
                "if self.saved == self.run.step:\n            return",
                "if False:\n            return",
            ),
            (
                "except NotANumber:\n            raise",
                "except ZeroDivisionError:\n            raise",
            ),
            (
                "  # there is not much to lose yet\n                raise\n",
                "\n                pass\n",
            ),
            ("if self.saved != self.run.step and not lost", "if not lost"),
        ],
    ),
    "code/python/mlp/log.py": (
        "mlp/test_log.py",
        [
            ("int(step) <= resumed", "int(step) < resumed"),
            ('line.endswith(b"\\n") and ', ""),
            ("report.step <= self.last", "report.step < self.last"),
            ("elif force:", "elif True:"),
            ("if not text.startswith(HEADER)", "if False"),
            ("os.ftruncate(self.descriptor, kept)", "pass"),
            (
                "{report.train_loss:.6f},{report.val_loss:.6f}",
                "{report.val_loss:.6f},{report.train_loss:.6f}",
            ),
            ("{report.ms_per_step:.3f}", "{report.ms_per_step:.2f}"),
            ("kept += len(line)", "kept = len(line)"),
            ("elif resumed is not None:", "elif resumed:"),
            ("self.last = int(step)", "pass"),
            ("step.isdigit() and ", ""),
            ("                os.ftruncate(self.descriptor, 0)\n", ""),
        ],
    ),
    "code/python/mlp/files.py": (
        "mlp/test_files.py mlp/test_saving.py",
        [
            (
                "rest[os.write(descriptor, rest) :]",
                "rest[len(rest) * os.write(descriptor, rest) :]",
            ),
            ("if not stat.S_ISREG(there)", "if False"),
            ("os.fchmod(descriptor, mode)", "pass"),
            ("os.path.realpath(path), mode", "str(path), mode"),
            ("fcntl.flock(descriptor, fcntl.LOCK_EX)", "pass"),
            ("if os.fstat(descriptor).st_nlink > 0", "if True"),
            ("fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass"),
            ("[0-9a-f]{16}", "[0-9a-f]+"),
            ("os.unlink(aside)\n            raise", "raise"),
            (
                "            os.fsync(descriptor)\n            os.replace(aside, target)\n",
                "            os.fsync(descriptor)\n",
            ),
            (
                "fcntl.LOCK_EX | fcntl.LOCK_NB)\n                os.unlink(aside)",
                "fcntl.LOCK_EX | fcntl.LOCK_NB)",
            ),
            ("os.unlink(aside)\n        os.close(descriptor)", "os.close(descriptor)"),
            ("{path}: cannot write: ", "{path}: "),
        ],
    ),
    "code/python/mlp/signals.py": (
        (
            "mlp/test_signals.py::test_ctrl_c_saves_and_a_resumed_run_is_the_uninterrupted_one "
            "mlp/test_signals.py::test_other_signals_save_as_well "
            "mlp/test_signals.py::test_a_signal_that_was_ignored_stays_so "
            "mlp/test_signals.py::test_in_python_a_second_ctrl_c_kills_in_the_middle_of_a_call "
            "mlp/test_signals.py::test_in_python_a_call_that_takes_too_long_is_not_waited_for "
            "mlp/test_signals.py::test_only_a_second_ctrl_c_kills_and_afterwards_all_is_as_before"
        ),
        [
            ("wish.made = True", "wish.made = False"),
            ("signal.SIGTERM, signal.SIGHUP)", "signal.SIGTERM)"),
            ("if signal.getsignal(number) != signal.SIG_IGN", "if True"),
            ("if interrupts == 2", "if interrupts == 3"),
            ("SECONDS if interrupts else None", "None"),
            ("numbers[0] == signal.SIGINT", "1"),
            ("os.write(2, last_words)", "pass"),
            ("if self.made:", "if False:"),
            ("            signal.signal(number, handler)\n", "            pass\n"),
            ("STOPPED = 130", "STOPPED = 1"),
        ],
    ),
    "code/python/mlp/run.py": (
        (
            "mlp/test_run.py "
            "mlp/test_model.py "
            "mlp/test_saving.py::test_a_training_can_be_made_longer "
            "mlp/test_saving.py::test_longer_is_the_same_in_both "
            "mlp/test_saving.py::test_whatever_ends_it_the_state_is_saved_if_it_is_whole "
            "mlp/test_checkpoint.py::test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit "
            "mlp/test_cli.py::test_every_backend_ends_training_then "
            "mlp/test_own_corpus.py::test_the_corpus_of_a_checkpoint_is_taken_and_said "
            "c/test_program.py::test_until_stops_on_the_way_and_beyond_the_end_means_the_end "
            "c/test_program.py::test_with_the_c_backend_python_prints_the_same_and_writes_the_same"
        ),
        [
            ("windows.n_tokens // size", "len(windows) // size"),
            ("windows.batch(i, size)", "windows.batch(0, size)"),
            ("windows.batch(step, t.batch)", "windows.batch(1, t.batch)"),
            ("_batch(step, t.batch", "_batch(step + 1, t.batch"),
            ("t.batch, t.seed)", "t.batch, 1)"),
            ("if t.shuffled:", "if not t.shuffled:"),
            (
                "rate = cosine_schedule(t.learning_rate, step,",
                "rate = cosine_schedule(t.learning_rate, step + 1,",
            ),
            ("run.checked(run.train_step(train_windows))", "run.train_step(train_windows)"),
            ("self.whole = False", "pass"),
            ("run.step = saved.step", "pass"),
            ("run.source = saved.source", "pass"),
            ("if steps < had.steps:", "if steps <= had.steps:"),
            ("min(self.training.batch, len(windows))", "self.training.batch"),
            ("min(batches, full)", "batches"),
            ("float(np.mean(losses))", "float(np.sum(losses))"),
            ("if not math.isfinite(loss)", "if math.isnan(loss)"),
            (" or run.step == until", ""),
            ("TRAIN_BATCHES = 20 ", "TRAIN_BATCHES = 19 "),
            ("self.step += 1", "self.step += 2"),
            (
                "            report(1000 * seconds / timed)\n            seconds, timed = 0.0, 0\n",
                "            report(1000 * seconds / timed)\n",
            ),
            ("step, t.steps, t.warmup", "step, t.steps, 0"),
            ("self.step, each.steps, each.warmup", "self.step, each.steps, 0"),
        ],
    ),
    "code/python/mlp/backend_numpy.py": (
        (
            "mlp/test_model.py "
            "mlp/test_trajectory.py::test_all_three_agree_on_other_models "
            "mlp/test_checkpoint.py::test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit "
            "c/test_program.py::test_fold_is_another_sum_with_nearly_the_same_losses"
        ),
        [
            ("RNG(training.seed)", "RNG(1337)"),
            ("FoldedMLP if fold else MLP", "MLP"),
            ("w.astype(dtype)", "w"),
            ("self.optimizer.step = steps", "pass"),
            ("(params, m, v)):", "(params, v, m)):"),
            ("self.model.flat_params, training.weight_decay", "self.model.flat_params, 0.01"),
            ("self.model.backward()", "pass"),
            ("stream(self.seed, self.optimizer.step)", "stream(1337, self.optimizer.step)"),
            ("stream(self.seed, self.optimizer.step)", "stream(self.seed, 5)"),
        ],
    ),
    "code/python/mlp/backends.py": (
        (
            "mlp/test_backends.py "
            "mlp/test_imports.py "
            "mlp/test_cli.py::test_a_backend_or_device_that_is_not_there_is_named "
            "mlp/test_model.py "
            "c/test_program.py::test_tables_of_the_fold_that_are_too_large_are_one_line "
            "c/test_program.py::test_fold_is_another_sum_with_nearly_the_same_losses "
            "mlp/test_cli.py::test_sizes_too_large_together_are_refused_before_any_work"
        ),
        [
            ("    check_sizes(config, training)\n", ""),
            ("config.context * config.vocab * config.hidden", "config.vocab * config.hidden"),
            ("if fold and tables > MAX_PARAMS", "if tables > MAX_PARAMS"),
            ('if device != "cpu" and name != "torch"', "if False"),
            ('if dtype != "float32" and name == "c"', "if False"),
            ('if fold and name == "torch"', "if False"),
            ('"numpy": {"dtype": dtype, "fold": fold}', '"numpy": {"dtype": dtype}'),
            ('"device": device, "bf16"', '"device": "cpu", "bf16"'),
            ('if error.name != "torch"', 'if error.name == "torch"'),
            ('DEFAULT_BACKEND = "c"', 'DEFAULT_BACKEND = "torch"'),
            ("if fold and config.input_dropout > 0", "if False"),
        ],
    ),
    "code/python/mlp/agree.py": (
        "mlp/test_agree.py",
        [
            ("np.abs(a[name] - b[name]).max()", "np.abs(a[name] - b[name]).mean()"),
            ("np.abs(a[name] - b[name]).max()", "(a[name] - b[name]).max()"),
            ("max(largest[a, b], abs(losses[a] - losses[b]))", "abs(losses[a] - losses[b])"),
            (
                "max(largest[a, b], abs(losses[a] - losses[b]))",
                "max(largest[a, b], losses[a] - losses[b])",
            ),
            ("            largest = {pair: 0.0 for pair in pairs}\n", ""),
            ("_largest(params[a], params[b])", "_largest(params[a], params[a])"),
            ("_largest(grads[a], grads[b])", "_largest(params[a], params[b])"),
            (" or step + 1 == steps", ""),
            ("(step + 1) % every", "step % every"),
            ("if not math.isfinite(loss)", "if False"),
            ("Step(step + 1, losses", "Step(step, losses"),
            ("on_step(result[-1])", "on_step(result[0])"),
        ],
    ),
    "code/python/mlp/errors.py": (
        (
            "mlp/test_saving.py::test_what_could_not_be_read_is_not_written "
            "mlp/test_cli.py::test_a_loss_that_is_no_number_ends_training"
        ),
        [
            ('"the loss"', '"a loss"'),
            ('f"step {step}: {what}', 'f"step {step + 1}: {what}'),
            ("try a lower learning rate", "try a higher learning rate"),
            ("class NotANumber(MLPError)", "class NotANumber(Exception)"),
        ],
    ),
    "code/python/mlp/versions.py": (
        "records/test_store.py",
        [
            ('"numpy": _version("numpy")', '"numpy": _version("torch")'),
            ('"torch": _version("torch")', '"torch": _version("numpy")'),
            ("platform.python_version()", "platform.release()"),
            ('return "not installed"', "raise"),
        ],
    ),
    "code/python/mlp/tune.py": (
        "mlp/test_tune.py",
        [
            ("self._lock(0)\n", "pass\n"),
            ("self._lock(1)\n", "pass\n"),
            ("return True\n        self._unlock", "return False\n        self._unlock"),
            ('not in (b"", b"\\n")', 'in (b"", b"\\n")'),
            ("TPESampler(seed=count", "TPESampler(seed=len(trials)"),
            ("self.study.enqueue_trial(again)", "pass"),
            ("ended + len(running) - len(dead)", "ended + len(running)"),
            ("if tenth < TENTHS and trial.should_prune()", "if False"),
            ("rest * (n - counted)) / n", "rest) / n"),
            ('["--fold"] * trial.fold', '["--fold"]'),
            ("range(space.low, getattr(config, name))", "range(space.low, 10**6)"),
            ("max(fit - 1, 0)", "max(fit - 2, 0)"),
            ("if a != b\n", "if a == b\n"),
            ("(lines or locks is None)", "locks is None"),
            ("json.loads(lines[-1]", "len(lines[-1]"),
            ("ON | given", "given | ON"),
            ("skip_if_exists=True", "skip_if_exists=False"),
            ("min(max(value, space.low), space.high)", "value"),
            ('round(proposed["warmup"] * values["steps"])', "0"),
        ],
    ),
    "code/python/mlp/__main__.py": (
        (
            "mlp/test_imports.py "
            "mlp/test_signals.py::test_from_the_first_line_of_ours_on_python_just_ends "
            "mlp/test_signals.py::test_ctrl_c_while_python_starts_or_computes_leaves_no_traceback"
        ),
        [
            ("signal.SIG_DFL", "signal.SIG_IGN"),
            ("os._exit(int(end.code or 0))", "os._exit(0)"),
            ("os._exit(int(end.code or 0))", "os._exit(int(end.code or 1))"),
            ("is signal.default_int_handler", "is not signal.default_int_handler"),
        ],
    ),
    "code/python/mlp/cli.py": (
        "mlp/test_words.py mlp/test_files.py mlp/test_cli.py mlp/test_own_corpus.py",
        [
            ('raise MLPError(f"--source: only for', 'print(f"--source: only for'),
            ('raise MLPError(f"{path}: exists already;', 'print(f"{path}: exists already;'),
            ('raise MLPError(f"losses part by', 'print(f"losses part by'),
            (
                'raise MLPError(f"{corpus.folder}: has another',
                'print(f"{corpus.folder}: has another',
            ),
            (
                "configured(preset_name, changed, splits.alphabet.vocab)\n    if steps",
                "configured(preset_name, {}, splits.alphabet.vocab)\n    if steps",
            ),
        ],
    ),
    **LITDOCS,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    tests: str
    old: str
    new: str

    def __str__(self) -> str:
        old, new = self.old.replace("\n", "⏎"), self.new.replace("\n", "⏎")
        return f"{Path(self.file).name}: {old} → {new}"

    def text(self, repository: Path) -> str:
        """The changed file; ValueError where the old text does not stand there (once)."""
        text = (repository / self.file).read_text()
        anchor, _, old = self.old.rpartition("…")
        start = text.find(f"{anchor}(") if anchor else 0
        at = text.find(old, start)
        if start < 0 or at < 0 or (not anchor and text.count(old) > 1):
            raise ValueError(f"{self}: the text is not there, or not once; adapt mutants.py")
        return text[:at] + self.new + text[at + len(old) :]


def make_checkout(folder: Path) -> None:
    """Copy the repository, uncommitted changes and all, into a checkout of its own; build it."""
    copy_of_repository(folder)
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    somebody = ("-c", "user.name=mutants", "-c", "user.email=mutants@localhost")
    for words in (
        ("init", "--initial-branch=main"),
        ("add", "."),
        (*somebody, "commit", "--message", "as it is"),
    ):
        subprocess.run(["git", "-C", str(folder), *words], check=True, stdout=subprocess.DEVNULL)
    build(folder)


def build(repository: Path) -> None:
    """Compile what has changed. Warnings are allowed: a mutant may leave a variable unused."""
    make = ["make", "-s", "-C", str(repository / "code" / "c"), "WARNINGS=-w"]
    subprocess.run(make, check=True)


def green(repository: Path, tests: str) -> bool:
    """Run tests until the first failure; what they started ends with them."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        command + [str(repository / "tests" / test) for test in tests.split()],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(repository / "code" / "python")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as run:
        try:
            return run.wait(timeout=300) == 0
        except subprocess.TimeoutExpired:
            return False  # a loop without end
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def survives(original: Path, mutant: Mutant) -> bool:
    """Run the tests of a mutant in a changed copy; True if they do not notice."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "repository"
        shutil.copytree(original, copy, symlinks=True)
        (copy / mutant.file).write_text(mutant.text(original))
        try:
            build(copy)
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"{mutant}: does not compile") from error
        return green(copy, mutant.tests)


def main() -> int:
    """Run all mutants, or those that the words on the command line name."""
    words = sys.argv[1:]
    mutants = [
        Mutant(file, tests, old, new)
        for file, (tests, changes) in MUTANTS.items()
        for old, new in changes
    ]
    mutants = [m for m in mutants if not words or any(word in str(m) for word in words)]
    for mutant in mutants:
        mutant.text(REPOSITORY)  # all of them, before the first test runs
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        original = Path(folder)  # as it is now, whatever changes in the meantime
        make_checkout(original)
        with ThreadPoolExecutor(WORKERS) as pool:
            lists = sorted({mutant.tests for mutant in mutants})
            for tests, passed in zip(lists, pool.map(lambda t: green(original, t), lists)):
                if not passed:
                    raise RuntimeError(f"{tests}: red without any mutant")
            futures = {mutant: pool.submit(survives, original, mutant) for mutant in mutants}
            try:
                for mutant, future in futures.items():
                    alive = future.result()
                    print(f"{'SURVIVED' if alive else 'killed':8}  {mutant}", flush=True)
                    if alive:
                        survivors.append(mutant)
            finally:
                pool.shutdown(cancel_futures=True)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed")
    return 1 if survivors or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
