// The front page: a model of the preset `quick` learns from nothing, in front of the reader.

import { jsonOf } from "./files.js"
import { Complaint } from "./mlp.js"
import { Bars, Curves, counted, element, progress, sentence } from "./parts.js"
import { Session } from "./session.js"

const CORPUS = "given-names"
const SHOWN = 5 // names in a line
/** After which steps a line of names stays: what is learned first shows soon. */
const KEPT = [0, 100, 300, 1000, 3000, Infinity]

/** @type {HTMLElement} */
const box = document.querySelector("#learning")

/** Whether the reader's settings ask for less of what this is. */
const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches
  || matchMedia("(prefers-reduced-data: reduce)").matches
  || /** @type {any} */ (navigator).connection?.saveData

const button = element("button", { type: "button", className: "md-button md-button--primary" }, "Train it")
const status = element("p", { className: "lab-status", role: "status" })
const names = element("ol", { className: "lab-lines" })
const curve = element("div", { className: "lab-curve", role: "img", ariaLabel: "Losses over steps: none yet" })
const prompt = element("input", {
  type: "text", value: "ma", maxLength: 40, autocomplete: "off", spellcheck: false, autocapitalize: "none",
})
const bars = new Bars(element("div"))
const error = element("p", { className: "lab-error", role: "alert" })

box.replaceChildren(
  element("div", { className: "lab-row" }, button, status),
  error,
  element("div", { className: "lab-columns" },
    element("div", {}, element("p", { className: "lab-head" }, "Names that it makes up, after"), names),
    element("div", {}, element("p", { className: "lab-head" }, "Loss on names that it ",
      element("b", { className: "lab-train" }, "reads"), " and that it has ",
      element("b", { className: "lab-val" }, "never read")), curve)),
  element("div", { className: "lab-next" },
    element("label", { className: "lab-head" }, "What comes after ", prompt, " ?"), bars.box),
)

/** @type {Session} */
let session
/** @type {Curves} */
let curves
/** @typedef {"new" | "training" | "paused" | "done"} State */

/** @type {State} */
let state = "new"
let kept = 0

/** @param {State} next */
function become(next) {
  state = next
  button.textContent = { new: "Train it", training: "Pause", paused: "Go on", done: "Again" }[state]
}

/** @param {unknown} caught */
function complain(caught) {
  if (!(caught instanceof Complaint)) throw caught
  error.textContent = `${sentence(caught)}.`
}

/** @param {import("./session.js").Report} report */
function show(report) {
  curves.add(report)
  bars.show(report.after, prompt.value)
  const { step, steps, val } = report
  const line = () => element("li", {},
    element("span", {}, `${counted(step)} steps`),
    element("em", {}, report.names.filter(name => name).join(", ")))
  if (step >= KEPT[kept]) {
    while (step >= KEPT[kept]) kept++
    names.append(line())
  } else if (names.children.length > kept) names.lastElementChild.replaceWith(line())
  else names.append(line())
  status.ariaLive = step === 0 || step === steps ? "polite" : "off" // the end is worth saying, not each report
  status.textContent = `${progress(report)}, loss ${val.toFixed(3)}`
}

async function open() {
  session = new Session({
    report: show,
    ended: () => become("done"),
    complaint: message => complain(new Complaint(message)),
  })
  curves = new Curves(curve, (await jsonOf("baselines.json"))[CORPUS])
  await session.call("open")
  const { alphabet } = await session.call("corpus", CORPUS)
  bars.letters(alphabet)
  await begin()
}

async function begin() {
  kept = 0
  names.replaceChildren()
  await session.call("preset", "quick")
  curves.begin(await session.call("start"), false)
  await session.call("watch", { names: SHOWN, prompt: prompt.value.toLowerCase() })
  show(await session.call("report"))
}

async function press() {
  error.textContent = ""
  try {
    if (state === "training") {
      become("paused")
      return await session.call("pause")
    }
    const fresh = state
    become("training")
    if (!session) await open()
    else if (fresh === "done") await begin()
    await session.call("train")
  } catch (caught) {
    become(state === "training" ? "new" : state)
    complain(caught)
  }
}

button.addEventListener("click", press)
prompt.addEventListener("input", async () => {
  if (!session) return
  error.textContent = ""
  const asked = prompt.value
  try {
    const { after } = await session.call("watch", { prompt: asked.toLowerCase() })
    if (asked === prompt.value) bars.show(after, asked)
  } catch (caught) { complain(caught) }
})

// By itself, once the reader can see it and the page has come to rest.
if (!quiet) {
  const seen = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return
    seen.disconnect()
    const idle = window.requestIdleCallback ?? setTimeout
    const begin = () => idle(() => { if (state === "new") press() })
    if (document.readyState === "complete") begin()
    else addEventListener("load", begin)
  })
  seen.observe(box)
}
