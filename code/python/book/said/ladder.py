"""The ladder."""

from bench import ideas
from book.figures.common import bench
from book.said import B, E, H, T, V, c_constant
from book.words import part, times, word
from mlp.clib import SOURCES

LANES = c_constant("book/ladder.c", "LANES", "__AVX512F__")
LANES_2 = c_constant("book/ladder.c", "LANES", "__AVX__")
LANES_BASE = c_constant("book/ladder.c", "LANES", "LANES = 8")
SUMS = c_constant("book/ladder.c", "SUMS")
DEPTH, WIDE = c_constant("book/ladder.c", "DEPTH"), c_constant("book/ladder.c", "WIDTH")
ROWS = c_constant("book/ladder.c", "ROWS", "__AVX512F__")
ROWS_2 = c_constant("book/ladder.c", "ROWS", "ROWS = 8")
VECTORS = c_constant("book/ladder.c", "VECTORS", "__AVX512F__")
CHAINS = c_constant("bench/peak.c", "CHAINS", "CHAINS = 24")
KC, MR = c_constant("fast.c", "KC"), c_constant("fast.c", "MR", "__AVX512F__")
VECTORS_3 = c_constant("fast.c", "VECTORS", "__AVX512F__")
MR_BASE = c_constant("fast.c", "MR", "__SSE2__")
VECTORS_BASE = c_constant("fast.c", "VECTORS", "__SSE2__")
FEW = 4  # tiles
APART = 256  # floats
assert f"b.rs % {APART} != 0 || M <= {FEW} * MR" in (SOURCES / "fast.c").read_text("utf-8")
assert -(-V // MR) == FEW
assert LANES == 16  # "a sixteenth"
LARGE_PAGE = c_constant("floats.c", "LARGE_PAGE")
MB = 2**20
LARGE_H, LARGE_B = ideas.SIZES[-1]

LINE, FLOAT = 64, 4  # bytes
REGISTERS, REGISTERS_2 = 32, 16  # of AVX-512 and AVX2
LATENCY, FMAS = 4, 2  # cycles that an FMA takes; how many a cycle can start
INPUTS = T * E
ACROSS = VECTORS * LANES
TILE, QUAD, PAIR, PRODUCTS = ROWS * VECTORS, 4, 2, 2  # operations of an FMA
BUSY = LATENCY * FMAS  # chains that keep the units busy
PEAK = PRODUCTS * LANES * FMAS * LATENCY  # operations in the time of one link
STEP = 3 * 2 * B * (INPUTS * H + H * V)  # of all products
DIM = 4  # exercise 1: a tile of 4 by 4
MILLION = 10**6
NAMES = {MILLION: "million"}
IDEAS, MORE, PASSES = word(4), word(4), 3  # of `out` in the ladder: zeros, sums, bias
assert TILE < REGISTERS
assert TILE + VECTORS >= REGISTERS_2
CELLS = bench("ideas")["cells"]
AT = {idea: [cell[idea]["median"] for cell in CELLS.values()] for idea in CELLS["512-128"]}
for idea in "transpose", "three_vectors":
    assert 1.05 < max(AT[idea]) < 1.08, "several percent"
for idea in "a_in_place", "b_in_place", "few_rows", "large_pages":
    assert 1.01 <= max(AT[idea]) < 1.035, "one to three"
assert 1.005 < AT["large_pages"][0] < 1.015, "and still the table does not say 1.00"
assert all(value > 1.005 for value in AT["rows_for_columns"]), "costs more"
assert max(AT["tanh"][:2]) < 1.005 < min(AT["tanh"][2:]), "nothing, and costs"
assert all(0.98 <= value < 0.99 for value in AT["slope"]), "a percent or two"

SAYS = [
    f"{STEP / MILLION:.0f} {NAMES[MILLION]} of them",
    f"{word(LANES)} floats with AVX-512, {word(LANES_2)} with AVX2, and {word(LANES_BASE)} with",
    f"can start {word(FMAS)} FMAs in each cycle",
    f"where the {PRODUCTS} counts the multiplication and the addition",
    f"There they are {word(PRODUCTS)} instructions, and the {PRODUCTS} falls away",
    f"`CHAINS` is {CHAINS}",
    f"{word(LATENCY - 1)} or {word(LATENCY)} cycles",
    f"In {word(LATENCY)} cycles {word(FMAS)} units could start {word(BUSY)} FMAs",
    f"One chain starts one, and {word(BUSY - 1)} slots",
    f"a vector of {word(LANES)}",
    f"$1/{PEAK // PRODUCTS}$ of the peak",
    f"{word(SUMS)} sums",
    f"$i \\bmod {SUMS}$",
    f"only {INPUTS} terms here, {word(INPUTS // LANES)} vectors. All {word(INPUTS // LANES)} are",
    f"{word(SUMS)} numbers have to become one, in {word((SUMS - 1).bit_length())} steps",
    f"{H} sums are under way",
    f"are {INPUTS} numbers apart",
    f"put together from {LANES} places",
    f"lines of {LINE} bytes, {LINE // FLOAT} floats",
    f"touches {H} lines",
    f"at most {DEPTH} inputs of {WIDE} outputs",
    f"Ours takes {word(-(-H // WIDE))}.",
    f"could start {word(FMAS)} FMAs a cycle can do about {word(FMAS)} loads and one store. So "
    f"{part(1 / FMAS)} of the peak",
    f"{INPUTS} times {WIDE} floats",
    f"Take {word(ROWS)} windows and {ACROSS} outputs: {ROWS * ACROSS} sums, which fit {TILE} of "
    f"the {REGISTERS} vector registers",
    f"its {ACROSS} weights and {word(ROWS)} numbers of `inp`. That makes {TILE} FMAs",
    f"The tile: ${ROWS + VECTORS}/{TILE}$ of a load",
    f"A tile of {2 * ROWS} windows by {ACROSS} outputs",
    f"${2 * ROWS + VECTORS}/{2 * ROWS * VECTORS}$, but its sums alone would take all "
    f"{2 * ROWS * VECTORS} registers",
    f"{WIDE} floats further, {WIDE * FLOAT:,} bytes",
    f"The {INPUTS} lines of a column",
    f"adds {IDEAS} ideas",
    f"all {IDEAS} together",
    f"{INPUTS * H:,} of each",
    f"takes {word(QUAD)} numbers of {word(LANES)} rows. It loads {word(PAIR)} neighbours at a time "
    f"and stores whole vectors. That is {part(1 / PAIR)} of the loads and a sixteenth of the stores",
    f"*lanes* of {word(QUAD)} numbers",
    f"leaves {part(TILE / REGISTERS)} of the registers empty",
    f"{word(MR)} rows by {word(VECTORS_3)} vectors fills {MR * VECTORS_3} of the {REGISTERS} with",
    f"{word(VECTORS_3).capitalize()} vectors in a row",
    f"{word(VECTORS_3)} vectors in a row",
    f"AVX2 has {REGISTERS_2} registers, and no room for more sums",
    f"There {word(MR_BASE)} rows of {word(VECTORS_BASE)} vectors serve better than {word(ROWS_2)} of "
    f"{word(VECTORS)}, since",
    f"`a` holds {word(QUAD)} numbers of rows 0, {QUAD}, {2 * QUAD} and {3 * QUAD}, a row in each",
    f"`b` those of rows {1}, {1 + QUAD}, {1 + 2 * QUAD} and {1 + 3 * QUAD}, and so on",
    f"The weight gradient of the output layer has {V} rows, {word(FEW)} tiles with AVX-512",
    f"**{V} rows.** A tile computes {2 * LANES} columns of the logits for the {V} that there are. "
    f"Turned around they are {V} rows",
    f"{V} rows in place of {V} columns",
    f"But with {B} windows it has ${B} \\cdot {V}$ numbers, ${B * V * FLOAT // 1000}{{,}}{B * V * FLOAT % 1000}$ bytes",
    f"With {LARGE_H:,} units and {LARGE_B:,} windows, the hidden layer's output alone is "
    f"{LARGE_H * LARGE_B * FLOAT // MB} MB",
    f"has {MORE} more ideas",
    " | ".join(f"{h} × {b}" for h, b in ideas.SIZES),
    f"A step at {ideas.SIZES[0][0]} × {ideas.SIZES[0][1]} takes",
    f"at {ideas.SIZES[0][0]} × {ideas.SIZES[0][1]} no array is long enough for a large page",
    f"with {LARGE_H:,} units it costs",
    f"pieces of {KC} terms",
    f"a multiple of {APART * FLOAT:,} bytes apart",
    f"pages of {LARGE_PAGE} MB",
    f"with {word(LANES)} of them",
    f"A vector of AVX-512 is {LANES * FLOAT} bytes",
    f"a tile of {DIM} by {DIM} vectors",
    f"fit {REGISTERS} registers",
    f"has {ROWS_2} rows and {VECTORS} vectors. AVX2 has {REGISTERS_2} registers. Why not "
    f"{ROWS} rows",
    f"a tile of {ROWS_2} by {VECTORS} have",
    f"{word(FMAS)} units with a latency of {LATENCY}",
    f"{word(DIM).capitalize()} vectors and {word(DIM)} numbers are {word(2 * DIM)} loads for "
    f"{DIM * DIM} FMAs, {part(2 * DIM / DIM**2)} a load each, against "
    f"${ROWS + VECTORS}/{TILE}$ for {ROWS} by {VECTORS}",
    f"And it fits: {DIM * DIM} sums, {word(DIM)} vectors of weights and one number at a time make "
    f"{DIM * DIM + DIM + 1}",
    f"{V} outputs fill {V} of {DIM * LANES}",
    f"{word(ROWS).capitalize()} rows of {word(VECTORS)} vectors are {ROWS * VECTORS} sums",
    f"{word(ROWS_2 * VECTORS).capitalize()}, and {word(BUSY)} are needed",
    f"{word(BUSY // VECTORS).capitalize()} rows by {word(VECTORS)} vectors would be just enough",
    f"The weight is read once, {INPUTS * H:,} numbers, for as many FMAs",
    f"through all of `out` {times(PASSES)}",
]
READ = [
    "to spread a number over a vector takes two instructions",
    "numbers of rows 0",
    "**1. Transpose",
    "The five chapters of this part",
    "product of two matrices",
    "The last two columns",
    "two more such products",
    r"$a \cdot b + c$",
    "A GFLOP/s is a thousand million",
    "at sizes from 1",
    "two loads and a store",
    "a power of two apart",
    "Store the tile without a detour",
    "sets `out` to 0",
    "all six products of a step",
    "two *strides*",
    "Swapping the two is a transpose",
    "where two instructions round twice",
    "reaches over two",
    "multiples of 16 bytes",
    "both begin 16 bytes after one",
    "**2. Store",
    "**3. Begin",
    "4 KB of it",
    "some thousand of them",
    "At 1.05 a step without the idea takes 5 % longer; at 1.00",
    "The first two rows are ideas from above. The third one concerns",
    "the first two are worth up to several percent, the others one to three. A difference of one percent",
    "does not say 1.00",
    "written once",
    "Ideas 2 and 3 are both at the end",
    "`LOW` takes the first two numbers of two vectors in turn, `HIGH` the last two. `LEFT` joins two "
    "left halves, `RIGHT` two right ones",
    r"$a_0 a_1 a_2 a_3$ to $d_0 d_1 d_2 d_3$: first come $a_0 b_0 a_1 b_1$ and $c_0 d_0 c_1 d_1$",
    "their left halves are a column, $a_0 b_0 c_0 d_0$",
    "Follow the first lanes",
    "**4. Three",
    "those of the other singly. Single numbers may lie anywhere, even one below the other",
    "a percent or two",
    "The weights and their two averages",
    "One idea needs no table",
    "One pass could serve both",
    "## Two threads",
    "So far one core",
    "`mlp train --threads 2` gives each of two cores a part",
    "one thread computes some columns of a product, or some windows, and the other one the rest",
    "has a dozen operations",
    "the two threads wait for each other",
    "as fast as with one thread",
    "Two cores have twice the registers and twice the near caches",
    "2008: panels",
    "2015: the same idea",
]
