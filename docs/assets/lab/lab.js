// The lab: a model to train, to look into, and to keep. What it computes is in worker.js.

import { jsonOf } from "./files.js"
import { Heat, Letters } from "./letters.js"
import { Complaint } from "./mlp.js"
import { Bars, Curves, counted, element, progress, sentence } from "./parts.js"
import { Session } from "./session.js"
import { keep, recall } from "./store.js"

/** @typedef {import("./session.js").Report} Report */
/** @typedef {{ step: number, train: number, val: number }} Point */

const CORPUS = "given-names"
const NAMES = 12
const KEEP_EVERY = 3000 // ms of training between two times that the state is kept
const SAY_EVERY = 10_000 // ms between two losses that a screen reader hears

/** @type {HTMLElement} */
const lab = document.querySelector("#lab")

// ---- what is on the page

/** @param {string} label @param {() => unknown} press @param {Record<string, any>} [more] */
const button = (label, press, more = {}) =>
  element("button", { type: "button", textContent: label, onclick: () => attempt(press), disabled: true, ...more })
/** @param {string} head @param {...(Node | string)} children */
const part = (head, ...children) =>
  element("section", { className: "lab-part" }, element("h2", { className: "lab-head" }, head), ...children)

const go = button("Train", toggle, { className: "md-button md-button--primary" })
const one = button("One step", async () => { pause(); show(await session.call("step")) })
const anew = button("Start anew", begin)
const status = element("p", { className: "lab-status" })
const spoken = element("p", { className: "lab-spoken", role: "status" })
const error = element("p", { className: "lab-error", role: "alert" })

const curve = element("div", { className: "lab-curve", role: "img", ariaLabel: "Losses over steps: none yet" })
const nameList = element("ul", { className: "lab-names" })
const prompt = element("input", {
  type: "text", maxLength: 63, autocomplete: "off", spellcheck: false, autocapitalize: "none", id: "lab-prompt",
  oninput: () => attempt(ask),
})
const temperature = element("input", {
  type: "range", min: "0.1", max: "2", step: "0.1", value: "1", id: "lab-temperature", oninput: () => attempt(ask),
})
const warmth = element("output", {}, "1")
const bars = new Bars(element("div"))
const map = new Letters(document.createElementNS("http://www.w3.org/2000/svg", "svg"))
map.svg.classList.add("lab-map")
const tensor = element("select", { id: "lab-tensor", onchange: () => attempt(ask) })
const heat = new Heat(element("canvas", { className: "lab-heat", role: "img", ariaLabel: "The numbers of a tensor" }))
const preset = element("select", { id: "lab-preset", onchange: () => attempt(usePreset) })
const settings = element("div", { className: "lab-settings" })
const words = element("textarea", {
  id: "lab-words", rows: 6, spellcheck: false, placeholder: "one word a line",
})
const file = element("input", { type: "file", accept: ".txt,.csv,.tsv,text/plain", ariaLabel: "A file of words" })
const keepScript = element("input", { type: "checkbox", id: "lab-script" })
const changes = element("ul", { className: "lab-changes" })
const corpusLine = element("p", { className: "lab-status" })
const upload = element("input", { type: "file", accept: ".safetensors", ariaLabel: "A checkpoint" })

lab.replaceChildren(
  element("div", { className: "lab-row" }, go, one, anew, status), spoken, error,
  element("div", { className: "lab-columns" },
    part("Loss", element("p", { className: "lab-status" }, "on names that it ",
      element("b", { className: "lab-train" }, "reads"), ", that it has ",
      element("b", { className: "lab-val" }, "never read"), ", and dashed: the run before"), curve),
    part("Names, and the next letter", nameList,
      element("div", { className: "lab-row" }, element("label", { for: "lab-temperature" }, "temperature"),
        temperature, warmth),
      element("div", { className: "lab-row" }, element("label", { for: "lab-prompt" }, "start with"), prompt), bars.box),
    part("The letters, seen from where they are spread out the most", map.svg),
    part("Its numbers", element("div", { className: "lab-row" },
      element("label", { for: "lab-tensor" }, "tensor"), tensor), heat.canvas)),
  element("details", { open: true }, element("summary", {}, "Settings"),
    element("div", { className: "lab-row" }, element("label", { for: "lab-preset" }, "preset"), preset),
    settings, element("p", { className: "lab-status" }, "A setting counts from the next start on.")),
  element("details", {}, element("summary", {}, "Your own words"),
    element("p", {}, "They stay in your browser. One word a line, in any script; ",
      element("code", {}, "mlp data"), " has the same rules."),
    words, element("div", { className: "lab-row" }, file, keepScript,
      element("label", { for: "lab-script" }, "keep letters other than a to z")),
    element("div", { className: "lab-row" }, button("Use these words", useWords), button(`Back to ${CORPUS}`, useCorpus)),
    corpusLine, changes),
  element("details", {}, element("summary", {}, "Checkpoints"),
    element("p", {}, "A file with the model and the state of its training, which ",
      element("code", {}, "mlp train --resume"), " goes on with, and ", element("code", {}, "mlp sample"), " samples from."),
    element("div", { className: "lab-row" }, button("Download it", download),
      element("label", {}, "or load one: ", upload))),
)
file.addEventListener("change", () => attempt(async () => { words.value = await file.files[0]?.text() ?? words.value }))
upload.addEventListener("change", () => attempt(load))

// ---- the run

/** @type {Session} */
let session
/** @type {Curves} */
let curves
/** @type {Record<string, import("./parts.js").Baseline[]>} */
let baselines = {}
let training = false, finished = false
/** @type {{ name: string } | { text: string, keepScript: boolean }} */
let corpus = { name: CORPUS }
/** @type {Point[]} */
let points = []
let kept = 0, said = 0, pending = 0

/** Do what somebody asked for; a complaint goes to the page. @param {() => unknown} action */
async function attempt(action) {
  error.textContent = ""
  lab.dataset.busy = String(++pending) // the tests wait for it
  try { await action() } catch (caught) { complain(caught) } finally { lab.dataset.busy = String(--pending) }
}

/** @param {unknown} caught */
function complain(caught) {
  if (!(caught instanceof Complaint)) throw caught
  error.textContent = sentence(caught)
}

/** @param {Report} report */
function show(report) {
  const { step, steps, train, val } = report
  finished = step >= steps
  if (points.at(-1)?.step !== step) points.push({ step, train, val })
  curves.add({ step, train, val })
  view(report)
  status.textContent = `${progress(report)}, validation ${val.toFixed(3)}`
  if (!training || performance.now() - said > SAY_EVERY) {
    said = performance.now()
    spoken.textContent = `Step ${step}: loss ${val.toFixed(2)}`
  }
  if (training && performance.now() - kept > KEEP_EVERY) remember()
}

/** @param {import("./worker.js").View} seen */
function view({ after, names, letters, heat: numbers }) {
  bars.show(after, prompt.value)
  nameList.replaceChildren(...names.map(name => element("li", {}, name || "(an empty name)")))
  if (letters) map.show(letters, points.at(-1).step)
  if (numbers) heat.show(numbers, tensor.value)
}

/** Keep the state, so that it is here the next time. */
async function remember() {
  kept = performance.now()
  try {
    const run = await session.call("save")
    await keep({ run, points, corpus, prompt: prompt.value, words: words.value })
  } catch (caught) {
    if (caught instanceof Complaint) throw caught
    error.textContent = "The browser has no room left to keep this run: download it, or it is lost with the tab"
  }
}

function pause() {
  training = false
  go.textContent = "Train"
}

async function toggle() {
  if (training) {
    pause()
    await session.call("pause")
    show(await session.call("report"))
    return remember()
  }
  training = true
  go.textContent = "Pause"
  if (finished) await begin(true)
  await session.call("train")
}

/** Start anew with the settings as they are. @param {boolean} [on] go on training */
async function begin(on = false) {
  if (!on) pause()
  const steps = await session.call("start")
  points = []
  await look(steps, true)
  if (!on) await remember()
}

/** Show a run from its start, or from where it is. @param {number} steps @param {boolean} compare */
async function look(steps, compare) {
  curves.baselines = "name" in corpus ? baselines[corpus.name] : [{ name: "guessing", loss: Math.log(map.alphabet.length) }]
  curves.begin(steps, compare)
  curves.add(...points)
  const names = await session.call("tensors")
  const before = tensor.value
  tensor.replaceChildren(...names.map((/** @type {string} */ name) => element("option", {}, name)))
  tensor.value = names.includes(before) ? before : names[1]
  await watch()
  show(await session.call("report"))
}

/** Look at the run as the page now says. */
function watch() {
  warmth.textContent = temperature.value
  const start = prompt.value.toLowerCase()
  return session.call("watch", {
    prompt: start, start, names: NAMES, letters: true, tensor: tensor.value, temperature: Number(temperature.value),
  })
}

const ask = async () => view(await watch())

// ---- settings

async function usePreset() {
  fill(await session.call("preset", preset.value))
}

/** @param {Record<string, string>} values */
function fill(values) {
  for (const input of /** @type {NodeListOf<any>} */ (settings.querySelectorAll("input, select"))) {
    if (input.type === "checkbox") input.checked = values[input.name] === "1"
    else input.value = values[input.name]
    input.removeAttribute("aria-invalid")
  }
}

/** A field for each row of the library's table. @param {import("./mlp.js").Row[]} rows */
function addSettings(rows) {
  const FLAG = 3, CHOICE = 4
  for (const { name, help, kind, choices } of rows) {
    if (!help) continue // the corpus decides
    const id = `lab-${name}`
    const field = kind === CHOICE
      ? element("select", { id, name }, ...choices.map(choice => element("option", {}, choice)))
      : element("input", { id, name, type: kind === FLAG ? "checkbox" : "text", inputMode: "decimal", size: 8 })
    field.addEventListener("change", () => attempt(async () => {
      const value = kind === FLAG ? String(Number(/** @type {any} */ (field).checked)) : field.value.trim()
      field.removeAttribute("aria-invalid")
      try {
        await session.call("set", name, value)
      } catch (caught) {
        field.setAttribute("aria-invalid", "true")
        throw caught instanceof Complaint ? new Complaint(`${name.replaceAll("_", " ")}: ${caught.message}`) : caught
      }
    }))
    const label = element("label", { for: id, title: help }, name.replaceAll("_", " "))
    settings.append(element("div", {}, label, field))
  }
}

// ---- words

/** @param {{ alphabet: string[], words: number, changes?: string[] }} told */
function introduce(told) {
  bars.letters(told.alphabet)
  map.letters(told.alphabet)
  corpusLine.textContent = `${"name" in corpus ? corpus.name : "Your words"}: ${counted(told.words)} words, `
    + `${told.alphabet.length - 1} letters`
  changes.replaceChildren(...(told.changes ?? []).map(line => element("li", {}, line)))
}

async function useWords() {
  const next = { text: words.value, keepScript: keepScript.checked }
  const told = await session.call("words", next.text, next.keepScript)
  corpus = next
  prompt.value = ""
  introduce(told)
  await begin()
}

async function useCorpus() {
  const told = await session.call("corpus", CORPUS)
  corpus = { name: CORPUS }
  prompt.value = ""
  introduce(told)
  await begin()
}

// ---- checkpoints

async function download() {
  const run = await session.call("save")
  const address = URL.createObjectURL(new Blob([run]))
  element("a", { href: address, download: "mlp.safetensors" }).click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}

async function load() {
  const chosen = upload.files[0]
  if (!chosen) return
  pause()
  await resume(new Uint8Array(await chosen.arrayBuffer()), [])
  upload.value = ""
  await remember()
}

/** @param {Uint8Array} run @param {Point[]} before */
async function resume(run, before) {
  const { steps, settings: values, same } = await session.call("load", run)
  points = before
  fill(values)
  if (!same) error.textContent = "It learned from other names than those that are here"
  await look(steps, false)
}

// ---- the start

async function open() {
  session = new Session({
    report: show,
    ended: () => { pause(); remember() },
    complaint: message => { pause(); complain(new Complaint(message)) },
  })
  baselines = await jsonOf("baselines.json")
  curves = new Curves(curve, baselines[CORPUS])
  const { presets, rows } = await session.call("open")
  preset.replaceChildren(...presets.map((/** @type {string} */ name) => element("option", {}, name)))
  addSettings(rows)
  /** @type {any} */
  const state = await recall().catch(() => { /* a browser that keeps nothing */ })
  await usePreset()
  if (!state || !await restore(state)) {
    introduce(await session.call("corpus", CORPUS))
    await begin()
  }
  for (const each of lab.querySelectorAll("button")) each.disabled = false
}

/** Go on with what was kept; says whether that was possible. @param {any} state */
async function restore(state) {
  try {
    corpus = state.corpus
    introduce(await ("name" in corpus ? session.call("corpus", corpus.name)
      : session.call("words", corpus.text, corpus.keepScript)))
    words.value = state.words
    prompt.value = state.prompt
    await resume(state.run, state.points)
    return true
  } catch (caught) {
    if (!(caught instanceof Complaint)) throw caught
    corpus = { name: CORPUS }
    prompt.value = ""
    return false
  }
}

addEventListener("pagehide", () => { if (session && points.length > 1) remember() })
attempt(open)
