// The running example of the book, alive: a model whose numbers fit on a page, one window, and one
// step of training. Every number is computed by the C function of its chapter, in WebAssembly.

import { Desk } from "./mlp.js"

/**
 * What the book's example is: see book/lab.py, which writes it from book/example.py.
 * @typedef {object} Example
 * @property {string} window its letters, as many as the context
 * @property {string} target the letter that follows
 * @property {number} embedding
 * @property {number} hidden
 * @property {string} seed
 * @property {number} learning_rate
 * @property {number} weight_decay
 */

/** Numbers in the library's memory, as rows and columns. */
export class Tensor {
  /**
   * @param {WebAssembly.Memory} memory @param {number} at
   * @param {string} name @param {number} rows @param {number} columns
   */
  constructor(memory, at, name, rows, columns) {
    this.memory = memory
    this.at = at
    this.name = name
    this.rows = rows
    this.columns = columns
  }

  /** The numbers themselves, not a copy. (A view dies when the memory grows.) */
  get numbers() { return new Float32Array(this.memory.buffer, this.at, this.rows * this.columns) }
}

export class Net {
  /** @param {WebAssembly.Module} module @param {Example} example */
  constructor(module, example) {
    this.example = example
    const desk = this.desk = new Desk(module)
    this.alphabet = desk.alphabet
    desk.corpus({ name: "", letters: "", train: "emma\n", val: "emma\n" }) // a run needs one; this does not
    desk.preset("original")
    const { window, embedding, hidden, seed } = example
    const sizes = { context: window.length, embedding, hidden, seed, batch: 1 }
    for (const [name, value] of Object.entries(sizes)) desk.set(name, String(value))
    this.T = window.length
    this.E = embedding
    this.H = hidden
    this.V = this.alphabet.length
    this.I = this.T * this.E

    this.tokens = desk.c.malloc(4 * this.T)
    this.targets = desk.c.malloc(4)
    const { I, H, V, E } = this
    /** @type {[string, number, number][]} */
    const parameters = [["wte", V, E], ["W1", H, I], ["b1", 1, H], ["W2", V, H], ["b2", 1, V]]
    /** @type {[string, number, number][]} */
    const activations = [["x", 1, I], ["pre", 1, H], ["hidden", 1, H], ["logits", 1, V], ["probs", 1, V], ["loss", 1, 1]]
    /** @type {Record<string, Tensor>} */
    this.tensors = {}
    this.size = parameters.reduce((n, [, rows, columns]) => n + rows * columns, 0)
    for (const prefix of ["", "d", "new "]) this.#place(parameters, prefix)
    this.#place(activations, "")
    this.#place(activations, "d")
    this.m = desk.c.malloc(4 * this.size)
    this.v = desk.c.malloc(4 * this.size)
    this.reset()
  }

  /**
   * Tensors one behind the other, as the parameters of the library are.
   * @param {[string, number, number][]} shapes @param {string} prefix
   */
  #place(shapes, prefix) {
    let at = this.desk.c.malloc(4 * shapes.reduce((n, [, rows, columns]) => n + rows * columns, 0))
    for (const [name, rows, columns] of shapes) {
      this.tensors[prefix + name] = new Tensor(this.desk.memory, at, prefix + name, rows, columns)
      at += 4 * rows * columns
    }
  }

  /** @param {string} name */
  at(name) { return this.tensors[name].at }

  /** @param {number} at @param {number} [n] */
  #floats(at, n = this.size) { return new Float32Array(this.desk.memory.buffer, at, n) }

  /** Everything as the book has it. */
  reset() {
    this.desk.start(false)
    this.#floats(this.at("wte")).set(this.desk.floats(this.desk.c.web_params(), this.size))
    this.step = 0
    this.#floats(this.m).fill(0)
    this.#floats(this.v).fill(0)
    this.read([...this.example.window], this.example.target)
  }

  /** Take another window. @param {string[]} window its letters, "" for the end @param {string} target */
  read(window, target) {
    this.window = window
    this.target = target
    const token = (/** @type {string} */ letter) => this.alphabet.indexOf(letter)
    new Int32Array(this.desk.memory.buffer, this.tokens, this.T).set(window.map(token))
    new Int32Array(this.desk.memory.buffer, this.targets, 1).set([token(target)])
    this.compute()
  }

  /** The tokens of the window. */
  get ids() { return [...new Int32Array(this.desk.memory.buffer, this.tokens, this.T)] }
  get targetId() { return this.alphabet.indexOf(this.target) }

  /** @param {string} name @param {number} index @param {number} value */
  set(name, index, value) {
    this.tensors[name].numbers[index] = value
    this.compute()
  }

  /** Forward, backward and the update, by the functions of the chapters. */
  compute() {
    const { c } = this.desk, { T, E, I, H, V } = this
    this.#forward(name => this.at(name))
    this.#floats(this.at("dwte")).fill(0)
    this.#floats(this.at("dx"), I + H + H + V + V + 1).fill(0) // the caller zeroes
    c.cross_entropy_backward(this.at("dlogits"), this.at("probs"), this.targets, 1, V)
    c.linear_backward(this.at("dhidden"), this.at("dW2"), this.at("db2"), this.at("dlogits"),
      this.at("hidden"), this.at("W2"), 1, H, V)
    c.tanh_backward(this.at("dpre"), this.at("dhidden"), this.at("hidden"), H)
    c.linear_backward(this.at("dx"), this.at("dW1"), this.at("db1"), this.at("dpre"),
      this.at("x"), this.at("W1"), 1, I, H)
    c.embedding_backward(this.at("dwte"), this.at("dx"), this.tokens, 1, T, E)

    // The moments are those of the steps that were taken; this one is only tried.
    const m = this.desk.floats(this.m, this.size), v = this.desk.floats(this.v, this.size)
    this.#floats(this.at("new wte")).set(this.#floats(this.at("wte")))
    this.#update(this.at("new wte"))
    this.lossAfter = this.#forward(name => this.at(`new ${name}` in this.tensors ? `new ${name}` : name))
    this.#floats(this.m).set(m)
    this.#floats(this.v).set(v)
    this.#forward(name => this.at(name))
  }

  /** @param {(name: string) => number} at @returns {number} the loss */
  #forward(at) {
    const { c } = this.desk, { T, E, I, H, V } = this
    c.embedding_forward(at("x"), this.tokens, at("wte"), 1, T, E)
    c.linear_forward(at("pre"), at("x"), at("W1"), at("b1"), 1, I, H)
    c.tanh_forward(at("hidden"), at("pre"), H)
    c.linear_forward(at("logits"), at("hidden"), at("W2"), at("b2"), 1, H, V)
    c.cross_entropy_forward(at("loss"), at("probs"), at("logits"), this.targets, 1, V)
    return this.tensors.loss.numbers[0]
  }

  /** @param {number} params where they are */
  #update(params) {
    const { learning_rate, weight_decay } = this.example
    const step = /** @type {any} */ (BigInt(this.step + 1)) // 64 bits
    this.desk.c.adamw_update(params, this.at("dwte"), this.m, this.v, this.size, step, learning_rate, weight_decay)
  }

  /** Take the step: what was tried counts. */
  take() {
    this.#update(this.at("wte"))
    this.step++
    this.compute()
  }
}
