// The C library in WebAssembly, as an object. code/c/web/web.h says what each function does; here
// its texts become strings and its errors exceptions. It needs no page: a worker has one, and the
// tests have one in Node.

/** What the library, or a file of names, has to complain of: a sentence for the reader. */
export class Complaint extends Error {}

/**
 * @typedef {object} Row of the table of hyperparameters
 * @property {string} name
 * @property {string} help
 * @property {0 | 1 | 2 | 3 | 4} kind an mlp_kind of mlp.h
 * @property {string[]} [choices]
 */

/** @typedef {{ name: string, offset: number, rows: number, columns: number }} Tensor */

/** @typedef {Record<string, (...numbers: number[]) => number>} Functions */

const TRAIN = 0, VAL = 1
const LATIN = "abcdefghijklmnopqrstuvwxyz" // the alphabet without another one
const utf8 = new TextEncoder()

/** Settings, a corpus and a run: one instance of the library. */
export class Desk {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { exports } = new WebAssembly.Instance(module, {})
    /** @type {Functions} */
    this.c = /** @type {any} */ (exports)
    /** @type {WebAssembly.Memory} */
    this.memory = /** @type {any} */ (exports.memory)
    this.c._initialize()
    this.c.web_alphabet(0)
    this.c.web_table()
    /** The letters, the end of a name first. */
    this.alphabet = ["", ...LATIN]
    /** @type {{ presets: string[], rows: Row[] }} */
    const table = JSON.parse(this.text())
    this.presets = table.presets
    this.rows = table.rows
  }

  // ---- texts and errors

  /** What the library told last. */
  text() { return this.read(this.c.web_text()) }

  /** @param {number} at where a text starts */
  read(at) {
    const bytes = new Uint8Array(this.memory.buffer)
    return new TextDecoder().decode(bytes.slice(at, bytes.indexOf(0, at)))
  }

  /**
   * Write into the library's room.
   * @param {string | Uint8Array} content
   * @returns {number} its length in bytes
   */
  write(content) {
    const bytes = typeof content === "string" ? utf8.encode(content) : content
    const at = this.c.web_room(bytes.length)
    if (!at) throw new Complaint("there is not enough memory for this")
    new Uint8Array(this.memory.buffer).set(bytes, at)
    return bytes.length
  }

  /** @param {number} result of a function: a code, or an address */
  told(result) {
    if (result < 0) throw new Complaint(this.text())
    return result
  }

  /** Numbers of the library: a copy, which stays as it is. @param {number} at @param {number} n */
  floats(at, n) { return new Float32Array(this.memory.buffer, at, n).slice() }

  // ---- settings

  /** @param {string} name */
  preset(name) {
    this.write(name)
    this.told(this.c.web_preset())
  }

  /** @param {string} name @param {string} value */
  set(name, value) {
    this.write(value)
    this.told(this.c.web_set(this.rows.findIndex(row => row.name === name)))
  }

  /** All settings as text, as the command line takes them. @returns {Record<string, string>} */
  settings() {
    return Object.fromEntries(this.rows.map((row, i) => {
      this.c.web_get(i)
      return [row.name, this.text()]
    }))
  }

  // ---- random numbers

  /** The library's generator, at a seed: gives 32 bits a call. @param {bigint} seed */
  random(seed) {
    const at = this.c.malloc(8)
    new BigUint64Array(this.memory.buffer, at, 1)[0] = seed
    return () => this.c.rng_u32(at) >>> 0
  }

  // ---- corpus

  /**
   * Take names, one a line in each text.
   * @param {{ name: string, letters: string, train: string, val: string }} corpus letters: "" for a to z
   */
  corpus({ name, letters, train, val }) {
    this.told(this.c.web_alphabet(letters ? this.write(letters) : 0))
    this.told(this.c.web_names(TRAIN, this.write(train)))
    this.told(this.c.web_names(VAL, this.write(val)))
    this.write(name)
    this.c.web_corpus()
    this.alphabet = ["", ...(letters || LATIN)]
  }

  // ---- the run

  /** Start with these settings. @param {boolean} fold if that can be */
  start(fold) { this.told(this.c.web_start(Number(fold))) }

  /** Do some steps; there is an end to the schedule. @param {number} n @returns {number} steps done in all */
  steps(n) {
    this.told(this.c.web_steps(n))
    return this.c.web_step()
  }

  get step() { return this.c.web_step() }
  get loss() { return this.c.web_loss() }

  /**
   * Compute the loss on a split, and return it; yield after so many ms, to let others have a turn.
   * @param {"train" | "val"} split @param {number} ms
   * @returns {Generator<undefined, number>}
   */
  *evaluation(split, ms) {
    const which = split === "train" ? TRAIN : VAL, batches = this.c.web_batches(which)
    let sum = 0
    for (let batch = 0, since = performance.now(); batch < batches; batch++) {
      if (performance.now() - since > ms) {
        yield
        since = performance.now()
      }
      const loss = this.c.web_evaluate(which, batch)
      if (Number.isNaN(loss)) throw new Complaint(this.text())
      sum += loss
    }
    return sum / batches
  }

  /** How likely each letter is after a prompt. @param {string} prompt */
  after(prompt) {
    this.write(prompt)
    const at = this.c.web_after()
    if (!at) throw new Complaint(this.text())
    return this.floats(at, this.alphabet.length)
  }

  /** Names that start with a prompt. @param {{ n: number, seed: number, temperature: number, prompt: string }} what */
  sample({ n, seed, temperature, prompt }) {
    this.write(prompt)
    this.told(this.c.web_sample(n, seed, temperature))
    return this.text().split("\n").slice(0, n)
  }

  /** @returns {Tensor[]} */
  tensors() {
    this.c.web_tensors()
    return JSON.parse(this.text())
  }

  /** The parameters of a tensor: a copy. @param {Tensor} tensor */
  params({ offset, rows, columns }) {
    return this.floats(this.c.web_params() + 4 * offset, rows * (columns || 1))
  }

  // ---- checkpoints

  /** The run as a safetensors file. */
  save() {
    const length = this.c.web_save()
    if (!length) throw new Complaint(this.text())
    return new Uint8Array(this.memory.buffer, this.c.web_file(), length).slice()
  }

  /** Go on with the run of a file. @param {Uint8Array} file @param {boolean} fold if that can be */
  load(file, fold) { this.told(this.c.web_load(this.write(file), Number(fold))) }

  /** Whether the run learned from the names that are here. */
  get sameNames() { return Boolean(this.c.web_same_names()) }
}
