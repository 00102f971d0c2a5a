// One window, from its letters to the update, one operation at a time: on the page "One window" all of
// them, and in a chapter its own. They share one model, and whatever changes in it shows everywhere.

import { jsonOf, library } from "./files.js"
import { Complaint } from "./mlp.js"
import { Net } from "./net.js"
import { element, written } from "./parts.js"
import { STEPS, isParameter, short, source, tone } from "./steps.js"

/** @typedef {import("./steps.js").Step} Step */

/** @type {Record<string, string>} where the page's name is another */
const NAMES = { wte: "embedding table", W1: "W₁", b1: "b₁", W2: "W₂", b2: "b₂" }

/** A tensor as the page calls it. @param {string} name */
function called(name) {
  const [, prefix, of] = name.match(/^(new |d(?=wte|W|b\d|x|pre|hidden|logits))?(.*)$/)
  const plain = NAMES[of] ?? of
  if (prefix === "d") return `d${of === "wte" ? of : plain}`
  return prefix ? `${plain}, new` : plain
}

/** Which window it is, its loss, and what one can do with all of it. */
class Controls {
  /** @param {HTMLElement} box @param {Net} net */
  constructor(box, net) {
    this.net = net
    const letter = { type: "text", autocapitalize: "none", autocomplete: "off", spellcheck: false, oninput: () => this.#read() }
    this.letters = element("input", { ...letter, maxLength: net.T, size: net.T + 1, ariaLabel: "the letters of the window" })
    this.target = element("input", { ...letter, maxLength: 1, size: 2, ariaLabel: "the letter that follows" })
    this.loss = element("span", { className: "lab-status" })
    this.error = element("p", { className: "lab-error", role: "alert" })
    const button = (/** @type {string} */ label, /** @type {() => void} */ press) =>
      element("button", { type: "button", textContent: label, onclick: press })
    box.append(
      element("div", { className: "lab-row" }, "window", this.letters, "then", this.target,
        button("Take the step", () => { net.take(); showAll() }),
        button("Reset", () => { net.reset(); this.error.textContent = ""; showAll() }), this.loss),
      this.error)
    this.show()
  }

  show() {
    const { net } = this
    if (!this.letters.matches(":focus")) this.letters.value = net.window.map(written).join("")
    if (!this.target.matches(":focus")) this.target.value = written(net.target)
    const taken = net.step ? `, ${net.step} taken` : ""
    this.loss.textContent = `loss ${net.tensors.loss.numbers[0].toFixed(3)}, after the update ${net.lossAfter.toFixed(3)}${taken}`
  }

  #read() {
    const letters = (/** @type {string} */ text) => [...text.toLowerCase()].map(letter => letter === "." ? "" : letter)
    const window = letters(this.letters.value), target = letters(this.target.value)
    const known = [...window, ...target].every(letter => this.net.alphabet.includes(letter))
    if (window.length !== this.net.T || target.length !== 1 || !known) {
      this.error.textContent = `${this.net.T} letters from a to z, or a dot for the end of a name; and one that follows`
      return
    }
    this.error.textContent = ""
    this.net.read(window, target[0])
    showAll()
  }
}

/** The numbers of one step. */
class Explorer {
  /** @param {HTMLElement} box @param {Net} net @param {Step} step */
  constructor(box, net, step) {
    this.net = net
    this.tables = element("div", { className: "window-tables" })
    this.sum = element("p", { className: "window-sum", role: "status" })
    this.slider = element("input", { type: "range", min: "-3", max: "3", step: "0.01", ariaLabel: "its value",
      oninput: () => this.#change(Number(this.slider.value)) })
    this.number = element("input", { type: "number", step: "0.01", ariaLabel: "its value in digits",
      oninput: () => this.#change(Number(this.number.value)) })
    this.editor = element("div", { className: "lab-row window-editor", hidden: true }, "change it:", this.slider, this.number)
    box.append(this.tables, element("div", { className: "window-foot" }, this.sum, this.editor))
    /** @type {Map<string, HTMLElement[]>} cells by tensor and index */
    this.cells = new Map()
    this.tables.append(...step.tables.map(table => this.#table(table)))
    this.tables.addEventListener("pointerover", event => this.#point(event))
    this.tables.addEventListener("pointerleave", () => this.#light(this.shown))
    this.tables.addEventListener("focusin", event => this.#choose(event))
    this.tables.addEventListener("keydown", event => this.#walk(event))
    /** What is lit: before anybody has chosen, a result. */
    this.shown = this.#first()
    /** @type {{ cell: HTMLElement, name: string, index: number } | null} what the editor changes */
    this.chosen = null
    this.show()
  }

  /** A result: that of the target if there is one. */
  #first() {
    const results = /** @type {NodeListOf<HTMLElement>} */ (
      this.tables.lastElementChild.querySelectorAll("tr > td:last-child[data-tensor]"))
    const cell = results[results.length === this.net.V ? this.net.targetId : results.length === this.net.H ? 1 : 0]
    return { cell, name: cell.dataset.tensor, index: Number(cell.dataset.index) }
  }

  // ---- tables

  /** What a row is. @param {string} rows @param {number} row */
  #row(rows, row) {
    if (rows === "letters") return written(this.net.alphabet[row])
    if (rows === "places") return written(this.net.alphabet[this.net.ids[row]])
    return rows === "units" ? `unit ${row}` : ""
  }

  /** @param {import("./steps.js").Table} table */
  #table({ tensors, rows }) {
    const columns = tensors.map(name => {
      const upright = name.endsWith("^T")
      const tensor = this.net.tensors[name.replace("^T", "")]
      const shape = rows === "places" ? [this.net.T, this.net.E]
        : upright ? [tensor.columns, tensor.rows] : [tensor.rows, tensor.columns]
      return { tensor, rows: shape[0], columns: shape[1] }
    })
    const head = element("tr", {}, element("td"), ...columns.map(({ tensor, columns }) =>
      element("th", { colSpan: columns, scope: "colgroup", className: `tone-${tone(tensor.name)}` }, called(tensor.name))))
    const body = [...Array(columns[0].rows).keys()].map(row => {
      const named = { "data-rows": rows, "data-row": String(row) }
      const line = element("tr", {},
        rows === "none" ? element("td", named) : element("th", { scope: "row", ...named }))
      for (const { tensor, columns: n } of columns) {
        for (let column = 0; column < n; column++) line.append(this.#cell(tensor, row * n + column))
      }
      return line
    })
    const made = element("table", { className: "window-table" }, element("thead", {}, head), element("tbody", {}, ...body))
    made.querySelector("td[data-tensor]").setAttribute("tabindex", "0")
    return element("div", { className: "window-scroll" }, made)
  }

  /** @param {import("./net.js").Tensor} tensor @param {number} index */
  #cell(tensor, index) {
    const cell = element("td", { className: `tone-${tone(tensor.name)}`, tabIndex: -1,
      "data-tensor": tensor.name, "data-index": String(index) })
    const key = `${tensor.name} ${index}`
    this.cells.set(key, [...this.cells.get(key) ?? [], cell])
    return cell
  }

  /** Write all numbers, and whose they are. */
  show() {
    const { net } = this
    for (const row of this.tables.querySelectorAll("tbody tr")) {
      const [head] = /** @type {HTMLTableRowElement} */ (row).cells, { rows, row: at } = head.dataset
      head.textContent = this.#row(rows, Number(at))
      row.classList.toggle("window-read", rows === "letters" && net.ids.includes(Number(at)))
      row.classList.toggle("window-target", rows === "letters" && Number(at) === net.targetId)
    }
    const most = new Map(Object.values(net.tensors).map(tensor =>
      [tensor.name, Math.max(...[...tensor.numbers].map(Math.abs)) || 1]))
    for (const cells of this.cells.values()) {
      for (const cell of cells) {
        const { tensor, index } = cell.dataset
        const x = net.tensors[tensor].numbers[Number(index)]
        cell.textContent = short(x)
        cell.style.setProperty("--heat", `${Math.round(45 * Math.abs(x) / most.get(tensor))}%`)
        cell.classList.toggle("below", x < 0)
      }
    }
    this.#light(this.shown)
  }

  // ---- where a number is from

  /** @param {Event} event */
  #found(event) {
    const cell = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest("td[data-tensor]"))
    return cell && { cell, name: cell.dataset.tensor, index: Number(cell.dataset.index) }
  }

  /** @param {Event} event */
  #point(event) {
    const found = this.#found(event)
    if (found) this.#light(found)
  }

  /** @param {Event} event */
  #choose(event) {
    const found = this.#found(event)
    if (!found) return
    this.chosen = this.shown = found
    for (const cell of found.cell.closest("table").querySelectorAll("td[tabindex='0']")) cell.setAttribute("tabindex", "-1")
    found.cell.setAttribute("tabindex", "0")
    this.editor.hidden = !isParameter(found.name)
    if (!this.editor.hidden) {
      const x = this.net.tensors[found.name].numbers[found.index]
      this.slider.value = this.number.value = x.toFixed(2)
    }
    this.#light(found)
  }

  /** @param {number} x */
  #change(x) {
    if (!this.chosen || !Number.isFinite(x) || Math.abs(x) > 1000) return
    this.net.set(this.chosen.name, this.chosen.index, x)
    this.slider.value = this.number.value = String(x)
    showAll()
  }

  /** Light up a number and what it is from. @param {{ cell: HTMLElement, name: string, index: number }} found */
  #light(found) {
    for (const lit of this.tables.querySelectorAll(".window-from, .window-this")) {
      lit.classList.remove("window-from", "window-this")
    }
    const { from, sum } = source(this.net, found.name, found.index)
    found.cell.classList.add("window-this")
    for (const [name, index] of from) {
      for (const cell of this.cells.get(`${name} ${index}`) ?? []) cell.classList.add("window-from")
    }
    const row = found.cell.parentElement.firstElementChild.textContent
    this.sum.textContent = `${called(found.name)}${row ? ` of ${row}` : ""}: ${sum}`
  }

  /** Arrows go from number to number. @param {KeyboardEvent} event */
  #walk(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
    const found = this.#found(event)
    if (!move || !found || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const rows = [...found.cell.closest("tbody").rows]
    const row = /** @type {HTMLTableRowElement} */ (found.cell.parentElement)
    const to = rows[rows.indexOf(row) + move[0]]?.cells[/** @type {HTMLTableCellElement} */ (found.cell).cellIndex + move[1]]
    if (to?.matches("[data-tensor]")) to.focus()
  }
}

// ---- on the page

const load = async () => new Net(...await Promise.all([library(), jsonOf("example.json")]))

/** @type {Promise<Net>} one for all that is on the page */
let net
/** @type {{ show(): void }[]} */
const parts = []
const showAll = () => parts.forEach(part => part.show())

/** Fill a box. @param {HTMLElement} box */
async function open(box) {
  const step = STEPS.find(step => step.id === box.dataset.step)
  try {
    const model = await (net ??= load())
    box.replaceChildren()
    box.classList.add("lab")
    if (!step || inChapter(box)) parts.push(new Controls(box, model))
    if (step) parts.push(new Explorer(box, model, step))
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    box.textContent = `The numbers cannot be moved here: ${error.message}.`
  }
}

/** Whether it stands beside a picture, as in chapters: then it waits to be asked for. @param {HTMLElement} box */
const inChapter = box => box.dataset.picture !== undefined

/** A button that puts the numbers in the place of the picture, or below it. @param {HTMLElement} box */
function offer(box) {
  const press = () => {
    if (box.dataset.picture === "replaced") box.previousElementSibling.classList.add("window-replaced")
    open(box)
  }
  box.replaceChildren(element("button", { type: "button", onclick: press }, "Move the numbers"))
}

const seen = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue
    seen.unobserve(target)
    open(/** @type {HTMLElement} */ (target))
  }
}, { rootMargin: "50%" })
for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".window"))) {
  if (inChapter(box)) offer(box)
  else seen.observe(box)
}
