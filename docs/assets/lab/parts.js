// Parts of the pages that train: elements, bars, curves. Colours are those of site.css.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties] of the element; aria and data with a dash are attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value)
    else /** @type {any} */ (made)[name] = value
  }
  made.append(...children)
  return made
}

/** A colour of site.css as it is now. @param {string} name */
export const colour = name => getComputedStyle(document.body).getPropertyValue(`--mlp-${name}`).trim()

/** Call when the reader changes between light and dark. @param {() => void} draw */
export function onScheme(draw) {
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-md-color-scheme"] })
}

/** A complaint as a sentence. @param {Error} complaint */
export const sentence = ({ message }) => `${message[0].toUpperCase()}${message.slice(1)}`

const numbers = new Intl.NumberFormat("en")

/** A count as the book writes it. @param {number} n */
export const counted = n => numbers.format(n)

/** How far a training is. @param {import("./worker.js").Report} report */
export const progress = ({ step, steps, ms }) =>
  `${counted(step)} of ${counted(steps)} steps` + (ms ? `, ${ms.toFixed(2)} ms each` : "")

/** A letter as the book writes it: a dot for the end of a name. @param {string} letter */
export const written = letter => letter || "."

/** How likely each letter is, as bars. */
export class Bars {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box
    box.classList.add("lab-bars")
    box.setAttribute("role", "img")
    box.ariaLabel = "How likely each letter is: not known yet"
    /** @type {HTMLElement[]} */
    this.bars = []
  }

  /** @param {string[]} alphabet the end first */
  letters(alphabet) {
    this.alphabet = alphabet
    this.bars = alphabet.map(letter => element("span", { title: letter || "the end of the name" },
      element("i"), element("b", {}, written(letter))))
    this.box.replaceChildren(...this.bars)
  }

  /** @param {ArrayLike<number>} probabilities @param {string} prompt */
  show(probabilities, prompt) {
    const order = [...this.bars.keys()].sort((a, b) => probabilities[b] - probabilities[a])
    for (const [i, bar] of this.bars.entries()) {
      /** @type {HTMLElement} */ (bar.firstElementChild).style.height = `${100 * probabilities[i]}%`
      bar.classList.toggle("lab-likely", i === order[0])
    }
    const said = order.slice(0, 3).map(i =>
      `${this.alphabet[i] || "the end"} ${Math.round(100 * probabilities[i])} %`)
    this.box.ariaLabel = `After ${prompt || "nothing"}: ${said.join(", ")}.`
  }
}

/** @type {Promise<any>} */
let uPlot
function loadPlot() {
  // It is no module: it gives itself to the window.
  const folder = new URL("../npm/uplot/dist/", import.meta.url)
  uPlot ??= new Promise((resolve, reject) => {
    const script = element("script", { src: `${folder}uPlot.iife.min.js` })
    script.onload = () => resolve(/** @type {any} */ (window).uPlot)
    script.onerror = reject
    document.head.append(element("link", { rel: "stylesheet", href: `${folder}uPlot.min.css` }), script)
  })
  return uPlot
}

/** @typedef {{ name: string, loss: number }} Baseline */

/** Losses over steps, and lines to pass. */
export class Curves {
  /** @type {any} */
  #plot
  #width = 0

  /** @param {HTMLElement} box of the height that the drawing is to have @param {Baseline[]} baselines */
  constructor(box, baselines) {
    this.box = box
    this.baselines = baselines
    this.steps = 0
    /** @type {[number[], number[], number[], number[]]} step, train, val, val of the run before */
    this.data = [[], [], [], []]
    /** @type {{ step: number, val: number }[]} */
    this.before = []
    new ResizeObserver(() => this.#resize()).observe(box)
    onScheme(() => this.#make())
  }

  /** Begin anew. @param {number} steps of the schedule @param {boolean} keep the last curve, to compare */
  begin(steps, keep) {
    const [step, , val] = this.data
    const had = step.map((at, i) => ({ step: at, val: val[i] })).filter(point => point.val != null)
    if (had.length > 1) this.before = keep ? had : []
    this.steps = Math.max(steps, ...this.before.map(point => point.step))
    const old = this.before
    /** @type {number[]} */
    const none = Array(old.length).fill(null)
    this.data = [old.map(p => p.step), none, [...none], old.map(p => p.val)]
    this.#make()
  }

  /** @param {{ step: number, train: number, val: number }[]} reports in their order */
  add(...reports) {
    for (const { step, train, val } of reports) {
      let at = this.data[0].length
      while (at > 0 && this.data[0][at - 1] > step) at--
      const same = at > 0 && this.data[0][at - 1] === step
      const row = [step, train, val, same ? this.data[3][at - 1] : null]
      for (const [i, column] of this.data.entries()) column.splice(same ? at - 1 : at, same ? 1 : 0, row[i])
    }
    const last = reports.at(-1)
    if (last) {
      this.box.ariaLabel = `Losses over steps: at step ${last.step}, train ${last.train.toFixed(3)}, ` +
        `validation ${last.val.toFixed(3)}. ` +
        this.baselines.map(line => `${line.name}: ${line.loss.toFixed(3)}.`).join(" ")
    }
    this.#plot?.setData(this.data)
  }

  #resize() {
    if (this.#plot && this.box.clientWidth !== this.#width) this.#make()
  }

  async #make() {
    const Plot = await loadPlot()
    this.#plot?.destroy()
    const { clientWidth: width, clientHeight: height } = this.box
    this.#width = width
    const font = "12px " + getComputedStyle(this.box).fontFamily
    const losses = [...this.data.slice(1).flat().filter(loss => loss != null), ...this.baselines.map(line => line.loss)]
    const low = Math.min(...losses), high = Math.max(...losses)
    const axis = { stroke: colour("ink-light"), grid: { stroke: colour("rule"), width: 1 }, ticks: { show: false }, font }
    this.#plot = new Plot({
      width, height,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [0, this.steps] },
        y: { range: (/** @type {any} */ _, /** @type {number} */ min, /** @type {number} */ max) =>
          [Math.min(low, min ?? low) - .08, Math.max(high, max ?? high) + .1] },
      },
      axes: [
        { ...axis, size: 32, space: 70, label: "steps", labelSize: 18, labelFont: font },
        { ...axis, size: 40, space: 40 },
      ],
      series: [
        {},
        { label: "train", stroke: colour("value"), width: 1.5, spanGaps: true, points: { show: false } },
        { label: "validation", stroke: colour("weight"), width: 2, spanGaps: true, points: { show: false } },
        { label: "before", stroke: colour("ink-light"), width: 1.5, dash: [6, 3], spanGaps: true, points: { show: false } },
      ],
      hooks: { draw: [(/** @type {any} */ plot) => this.#lines(plot, font)] },
    }, this.data, this.box)
  }

  /** The lines to pass, with their names. @param {any} plot @param {string} font */
  #lines(plot, font) {
    const { ctx, bbox } = plot
    const ratio = devicePixelRatio
    ctx.save()
    ctx.font = font.replace(/^\d+/, size => String(Number(size) * ratio))
    ctx.textAlign = "right"
    ctx.setLineDash([2 * ratio, 3 * ratio])
    ctx.lineWidth = ratio
    for (const [i, { name, loss }] of this.baselines.entries()) {
      const y = plot.valToPos(loss, "y", true)
      ctx.strokeStyle = ctx.fillStyle = colour("forward")
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      const below = i > 0 && i === this.baselines.length - 1 // where no other line is
      ctx.textBaseline = below ? "top" : "bottom"
      ctx.fillText(`${name} ${loss.toFixed(2)}`, bbox.left + bbox.width, y + (below ? 3 : -2) * ratio)
    }
    ctx.restore()
  }
}
