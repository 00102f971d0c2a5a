// Training, off the page's own thread. The page calls methods by name (see session.js); while it
// trains, the worker sends reports. Between two slices of work it listens.

import { library, textOf } from "./files.js"
import { Complaint, Desk } from "./mlp.js"
import { corpusOf } from "./words.js"

const SLICE = 4 // ms of work between two looks at what the page wants
const SHARE = 4 // training takes so many times as long as what is told about it

/**
 * What can be seen of a model as it is.
 * @typedef {object} View
 * @property {string[]} names
 * @property {Float32Array} after how likely each letter is after the prompt
 * @property {Float32Array | null} letters the embedding, a row a letter
 * @property {{ rows: number, columns: number, numbers: Float32Array } | null} heat
 */

/**
 * Where the training is, `steps` being those of its schedule and `ms` the time of one; and a view.
 * @typedef {{ step: number, steps: number, train: number, val: number, ms: number } & View} Report
 */

/**
 * What a view is to show.
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
/** The training that goes on. @type {object | null} */
let training = null
let seed = 42
let trained = { steps: 0, ms: 0 }
let steps = 0 // of the run's schedule; the settings may be others by now
/** What the page asked for, and slices of training: one after another. @type {Promise<unknown>} */
let queue = Promise.resolve()

const methods = {
  /** Get ready; tells the table of hyperparameters. */
  async open() {
    module = await library()
    desk = new Desk(module)
    desk.preset(desk.presets[0])
    return { presets: desk.presets, rows: desk.rows }
  },

  /** Take a corpus of this site. @param {string} name */
  async corpus(name) {
    const [train, val] = await Promise.all(["train", "val"].map(split => textOf(`${name}/${split}.txt`)))
    take({ name, letters: "", train, val })
    return { alphabet: desk.alphabet, words: train.split("\n").length + val.split("\n").length - 2 }
  },

  /** Make a corpus of the reader's words. @param {string} text @param {boolean} keepScript */
  async words(text, keepScript) {
    const made = corpusOf(text, keepScript, seed => desk.random(seed))
    take({ name: "", ...made })
    return { alphabet: desk.alphabet, words: made.words, changes: made.changes }
  },

  /** Settings to start from. @param {string} name */
  async preset(name) {
    desk.preset(name)
    return desk.settings()
  },

  /** @param {string} name @param {string} value */
  async set(name, value) { desk.set(name, value) },

  /** Start anew, with the settings and the corpus; tells how many steps the schedule has. */
  async start() {
    training = null
    desk.start(true)
    return begin()
  },

  /** Train until somebody says otherwise, or the schedule is at its end. */
  async train() {
    if (training) return
    const mine = training = {}
    train(mine).catch(error => {
      if (training === mine) training = null
      tell(error)
    })
  },

  async pause() { training = null },

  /** Do one step. */
  async step() {
    training = null
    work(1)
    return report()
  },

  /** What to show from now on; shows what that changes. @param {Partial<Watched>} wish */
  async watch(wish) {
    const next = { ...watched, ...wish }
    const tensor = next.tensor === watched.tensor ? "" : next.tensor
    const found = view({ ...next, letters: false, tensor })
    watched = next
    return found
  },

  async report() { return report() },

  async tensors() { return desk.tensors().map(tensor => tensor.name) },

  /** The run as a file. */
  async save() { return desk.save() },

  /** Go on with a file. @param {Uint8Array} file */
  async load(file) {
    training = null
    desk.load(file, true)
    return { steps: begin(), settings: desk.settings(), same: desk.sameNames }
  },
}

/** @param {{ name: string, letters: string, train: string, val: string }} corpus */
function take(corpus) {
  training = null
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
  return steps
}

/** Do some steps, and take the time. @param {number} n */
function work(n) {
  const start = performance.now()
  const before = desk.step
  desk.steps(n)
  trained.steps += desk.step - before
  trained.ms += performance.now() - start
}

/** @param {object} mine this training, until another takes its place, or none */
async function train(mine) {
  let told = performance.now(), cost = 0
  const slice = async () => {
    if (training !== mine) return
    const until = performance.now() + SLICE
    while (performance.now() < until && desk.step < steps) work(stepsIn(SLICE / 4))
    const ended = desk.step >= steps
    if (performance.now() - told > SHARE * cost || ended) {
      const start = performance.now()
      postMessage({ report: await report() })
      told = performance.now()
      cost = told - start
    }
    if (!ended) return
    postMessage({ ended })
    training = null
  }
  while (training === mine) {
    await inTurn(slice)
    await turn()
  }
}

/**
 * Do something when all is done that was to be done before.
 * @template T
 * @param {() => Promise<T>} task
 */
function inTurn(task) {
  const done = queue.then(task)
  queue = done.catch(() => { /* who asked for it is told */ })
  return done
}

/** How many steps take so many ms, at least one. @param {number} ms */
function stepsIn(ms) {
  return Math.max(1, Math.floor(ms * trained.steps / trained.ms) || 1)
}

/** Let the page's messages in. (A timer would wait for 4 ms.) */
const { port1, port2 } = new MessageChannel()
/** @type {((turn: unknown) => void)[]} */
const waiting = []
port1.onmessage = () => waiting.shift()(null)
function turn() {
  return new Promise(resolve => {
    waiting.push(resolve)
    port2.postMessage(0)
  })
}

/** @returns {Promise<Report>} */
async function report() {
  return {
    step: desk.step,
    steps,
    train: await evaluate("train"),
    val: await evaluate("val"),
    ms: trained.ms / trained.steps,
    ...view(watched),
  }
}

/** The loss on a split; the page is heard on the way. @param {"train" | "val"} split */
async function evaluate(split) {
  const evaluation = desk.evaluation(split, SLICE)
  for (;;) {
    const { done, value } = evaluation.next()
    if (done) return value
    await turn()
  }
}

/** @param {Watched} watched @returns {View} */
function view({ names, temperature, start, prompt, letters, tensor }) {
  const tensors = desk.tensors()
  const [table] = tensors
  const shown = tensors.find(({ name }) => name === tensor)
  return {
    names: desk.sample({ n: names, seed: seed++, temperature, prompt: start }),
    after: desk.after(prompt),
    letters: letters ? desk.params(table) : null,
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
    const call = () => /** @type {any} */ (methods)[method](...args)
    const result = await (method === "watch" ? call() : inTurn(call)) // to look disturbs nobody
    postMessage({ id, result })
  } catch (error) {
    tell(error, id)
  }
}
