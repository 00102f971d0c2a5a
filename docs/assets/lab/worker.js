// Training, off the page's own thread. The page calls methods by name (see session.js); while it
// trains, the worker sends reports. Between two slices of work it listens.

import { Complaint, Desk } from "./mlp.js"
import { corpusOf } from "./words.js"

const SLICE = 12 // ms of training between two looks at what the page wants
const SHARE = 4 // training takes so many times as long as what is told about it

/**
 * @typedef {object} Report
 * @property {number} step
 * @property {number} steps of the whole schedule
 * @property {number} train loss
 * @property {number} val loss
 * @property {number} ms a step
 * @property {string[]} names
 * @property {Float32Array} after how likely each letter is after the prompt
 * @property {Float32Array | null} letters the embedding, a row a letter
 * @property {{ rows: number, columns: number, numbers: Float32Array } | null} heat
 */

/**
 * What a report is to show.
 * @typedef {object} Watched
 * @property {string} prompt the letters that the next one is asked for
 * @property {string} start how each name starts
 * @property {number} temperature of the names
 * @property {number} names how many
 * @property {boolean} letters
 * @property {string} tensor whose numbers; "" for none
 */

/** @type {WebAssembly.Module} */
let module
/** @type {Desk} */
let desk
/** @type {Watched} */
let watched = { prompt: "", start: "", temperature: 1, names: 5, letters: false, tensor: "" }
let training = false
let seed = 42
let trained = { steps: 0, ms: 0 }
let steps = 0 // of the run's schedule; the settings may be others by now

/** The folder of this script on the site. @param {string} path */
const here = path => new URL(path, import.meta.url)

/** @param {string} path @returns {Promise<Response>} */
async function get(path) {
  let answer
  try {
    answer = await fetch(here(path))
  } catch {
    throw new Complaint("the site cannot be reached")
  }
  if (answer.ok) return answer
  throw new Complaint(path.endsWith(".wasm")
    ? "this site was built without ziglang, the compiler for WebAssembly, so nothing can train here"
    : `the site lacks ${path}`)
}

/** @param {string} path */
const textOf = async path => (await get(path)).text()

const methods = {
  /** Get ready; tells the table of hyperparameters. */
  async open() {
    if (typeof WebAssembly !== "object") {
      throw new Complaint("this browser has WebAssembly switched off, so nothing can train here")
    }
    const bytes = await (await get("mlp.wasm")).arrayBuffer()
    module = await WebAssembly.compile(bytes)
    desk = new Desk(module)
    desk.preset(desk.presets[0])
    return { presets: desk.presets, rows: desk.rows }
  },

  /** Take a corpus of this site. @param {string} name */
  async corpus(name) {
    const [train, val] = await Promise.all(["train", "val"].map(split => textOf(`${name}/${split}.txt`)))
    take({ name, letters: "", train, val })
    return { name, alphabet: desk.alphabet(), words: train.split("\n").length + val.split("\n").length - 2 }
  },

  /** Make a corpus of the reader's words. @param {string} text @param {boolean} keepScript */
  async words(text, keepScript) {
    const made = corpusOf(text, keepScript, seed => desk.random(seed))
    take({ name: "", ...made })
    return { name: "", alphabet: desk.alphabet(), words: made.words, changes: made.changes }
  },

  /** Settings to start from. @param {string} name */
  async preset(name) {
    desk.preset(name)
    return desk.settings()
  },

  /** @param {string} name @param {string} value */
  async set(name, value) { desk.set(name, value) },

  async settings() { return desk.settings() },

  /** Start anew, with the settings and the corpus. */
  async start() {
    training = false
    desk.start(Number(desk.settings().input_dropout) === 0) // folded where that can be: it is faster
    begin()
    return report()
  },

  /** Train until somebody says otherwise, or the schedule is at its end. */
  async train() {
    if (training) return
    training = true
    train().catch(error => {
      training = false
      tell(error)
    })
  },

  async pause() { training = false },

  /** Do one step. */
  async step() {
    training = false
    work(1)
    return report()
  },

  /** What to tell from now on; tells how likely each letter is. @param {Partial<Watched>} wish */
  async watch(wish) {
    const next = { ...watched, ...wish }
    const after = desk.after(next.prompt)
    watched = next
    return after
  },

  async report() { return report() },

  async tensors() { return desk.tensors().map(tensor => tensor.name) },

  /** The run as a file. */
  async save() { return desk.save() },

  /** Go on with a file. @param {Uint8Array} file */
  async load(file) {
    training = false
    let error
    for (const fold of [true, false]) { // which settings it has, the file knows
      try {
        desk.load(file, fold)
        begin()
        return { report: report(), settings: desk.settings(), same: desk.origin().same }
      } catch (caught) {
        error = caught
      }
    }
    throw error
  },
}

/** @param {{ name: string, letters: string, train: string, val: string }} corpus */
function take(corpus) {
  training = false
  // A desk of its own for each corpus: what the last one took of memory goes with it.
  const next = new Desk(module)
  next.preset(next.presets[0])
  for (const [name, value] of Object.entries(desk.settings())) {
    if (name !== "vocab") next.set(name, value) // which the corpus decides
  }
  next.corpus(corpus)
  desk = next
  watched = { ...watched, prompt: "", start: "" } // which may have letters that it has not
}

function begin() {
  trained = { steps: 0, ms: 0 }
  steps = Number(desk.settings().steps)
}

/** Do some steps, and take the time. @param {number} n */
function work(n) {
  const start = performance.now()
  const before = desk.step
  desk.steps(n)
  trained.steps += desk.step - before
  trained.ms += performance.now() - start
}

async function train() {
  let told = performance.now(), cost = 0
  while (training && desk.step < steps) {
    const until = performance.now() + SLICE
    while (performance.now() < until && desk.step < steps) work(stepsIn(SLICE / 4))
    if (performance.now() - told > SHARE * cost || desk.step === steps) {
      const start = performance.now()
      postMessage({ report: report() })
      told = performance.now()
      cost = told - start
    }
    await turn()
  }
  if (training) postMessage({ ended: true })
  training = false
}

/** How many steps take so many ms, at least one. @param {number} ms */
function stepsIn(ms) {
  return Math.max(1, Math.floor(ms * trained.steps / trained.ms) || 1)
}

/** Let the page's messages in. (A timer would wait for 4 ms.) */
const { port1, port2 } = new MessageChannel()
function turn() {
  return new Promise(resolve => {
    port1.onmessage = resolve
    port2.postMessage(0)
  })
}

/** @returns {Report} */
function report() {
  const tensors = desk.tensors()
  const [table] = tensors
  const shown = tensors.find(tensor => tensor.name === watched.tensor)
  return {
    step: desk.step,
    steps,
    train: desk.evaluate("train"),
    val: desk.evaluate("val"),
    ms: trained.ms / trained.steps,
    names: desk.sample({ n: watched.names, seed: seed++, temperature: watched.temperature, prompt: watched.start }),
    after: desk.after(watched.prompt),
    letters: watched.letters ? desk.params(table) : null,
    heat: shown ? { rows: shown.rows, columns: shown.columns || 1, numbers: desk.params(shown) } : null,
  }
}

/** @param {unknown} error @param {number} [id] of the call that failed */
function tell(error, id) {
  if (error instanceof Complaint) postMessage({ id, complaint: error.message })
  else {
    postMessage({ id, complaint: `the program in the page failed: ${error}` })
    throw error
  }
}

onmessage = async ({ data: { id, method, args } }) => {
  try {
    const result = await /** @type {any} */ (methods)[method](...args)
    postMessage({ id, result })
  } catch (error) {
    tell(error, id)
  }
}
