// The letters of a model in two dimensions, moving as it learns: its embedding, seen from where the
// letters are spread out the most (principal component analysis).

import { colour, onScheme, written } from "./parts.js"

const MOST = 150 // letters that can be told apart
const SVG = "http://www.w3.org/2000/svg"

export class Letters {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.svg = svg
    svg.setAttribute("viewBox", "-1.15 -1.15 2.3 2.3")
    svg.setAttribute("role", "img")
    svg.setAttribute("aria-label", "The letters in two dimensions: none yet")
    /** @type {SVGTextElement[]} */
    this.texts = []
  }

  /** @param {string[]} alphabet the end first */
  letters(alphabet) {
    this.alphabet = alphabet
    this.shown = alphabet.slice(0, MOST)
    this.axes = null
    this.texts = this.shown.map(letter => {
      const text = document.createElementNS(SVG, "text")
      text.textContent = written(letter)
      if (/^[aeiouy]$/.test(letter)) text.classList.add("lab-vowel")
      return text
    })
    this.svg.replaceChildren(...this.texts)
    this.svg.setAttribute("aria-label", "The letters in two dimensions, before training")
  }

  /** @param {Float32Array} table a row a letter @param {number} step */
  show(table, step) {
    const places = this.#plane(table)
    const largest = Math.max(...places.slice(0, this.shown.length).flat().map(Math.abs)) || 1
    for (const [i, text] of this.texts.entries()) {
      text.setAttribute("x", String(places[i][0] / largest))
      text.setAttribute("y", String(places[i][1] / largest))
    }
    const near = this.shown.slice(1).map((letter, i) => `${letter} near ${this.shown[nearest(places, i + 1, this.shown.length)] || "the end"}`)
    this.svg.setAttribute("aria-label",
      `The letters in two dimensions, after ${step} steps: ${near.slice(0, 30).join(", ")}.`)
  }

  /** Where each letter is in the plane. @param {Float32Array} table @returns {[number, number][]} */
  #plane(table) {
    const V = this.alphabet.length, E = table.length / V
    const mean = Array.from({ length: E }, (_, e) => {
      let sum = 0
      for (let v = 0; v < V; v++) sum += table[v * E + e]
      return sum / V
    })
    const rows = Array.from({ length: V }, (_, v) => mean.map((m, e) => table[v * E + e] - m))
    if (this.axes?.[0].length !== E) this.axes = [0, 1].map(axis => mean.map((_, e) => Number(e % 2 === axis)))
    // Power iteration from the axes of the last time, so that the picture does not jump.
    const [first, second] = this.axes
    for (let i = 0; i < 20; i++) {
      this.axes[0] = spread(rows, this.axes[0], null) ?? first
      this.axes[1] = spread(rows, this.axes[1], this.axes[0]) ?? second
    }
    return rows.map(row => [dot(row, this.axes[0]), dot(row, this.axes[1])])
  }
}

/**
 * One turn of an axis towards where the rows are spread out, at a right angle to another one.
 * @param {number[][]} rows @param {number[]} axis @param {number[] | null} other
 */
function spread(rows, axis, other) {
  const next = axis.map(() => 0)
  for (const row of rows) {
    const along = dot(row, axis)
    for (const [e, x] of row.entries()) next[e] += along * x
  }
  if (other) {
    const along = dot(next, other)
    for (const [e, x] of other.entries()) next[e] -= along * x
  }
  const length = Math.hypot(...next)
  return length > 1e-12 ? next.map(x => x / length) : null
}

/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0)

/** @param {[number, number][]} places @param {number} i @param {number} n */
function nearest(places, i, n) {
  let best = -1, least = Infinity
  for (let j = 0; j < n; j++) {
    const apart = Math.hypot(places[i][0] - places[j][0], places[i][1] - places[j][1])
    if (j !== i && apart < least) [best, least] = [j, apart]
  }
  return best
}

/** The numbers of a tensor as colours: orange above zero, blue below, the paper at zero. */
export class Heat {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas
    onScheme(() => this.last && this.show(this.last, this.name))
  }

  /** @param {{ rows: number, columns: number, numbers: Float32Array }} heat @param {string} name */
  show(heat, name) {
    const { rows, columns, numbers } = this.last = heat
    this.name = name
    let most = 0
    for (const x of numbers) most = Math.max(most, Math.abs(x))
    Object.assign(this.canvas, { width: columns, height: rows })
    const context = this.canvas.getContext("2d")
    const picture = context.createImageData(columns, rows)
    const [above, below] = ["positive", "negative"].map(rgb)
    for (const [i, x] of numbers.entries()) {
      picture.data.set(x < 0 ? below : above, 4 * i)
      picture.data[4 * i + 3] = 255 * Math.abs(x) / (most || 1)
    }
    context.putImageData(picture, 0, 0)
    this.canvas.ariaLabel = `${name}, ${rows} rows of ${columns}: numbers from ${-most.toFixed(2)} to ${most.toFixed(2)}`
  }
}

/** @param {string} name of a colour of site.css, which are hexadecimal */
function rgb(name) {
  return [1, 3, 5].map(i => parseInt(colour(name).slice(i, i + 2), 16))
}
