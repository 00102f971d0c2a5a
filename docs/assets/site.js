// The only script of our own on every page. Without it the pages still read well.

// A box that scrolls sideways can be reached, and so scrolled, with the keyboard; one that fits is
// no stop on the way.
const boxes = [...document.querySelectorAll("pre > code, .table-scroll, div.math, figure")]
/** @param {Element[]} boxes */
function letKeyboardIn(boxes) {
  // Measure all before changing any: each change would have the page laid out anew.
  const scrolls = boxes.map(box => box.scrollWidth > box.clientWidth)
  for (const [i, box] of boxes.entries()) {
    if (scrolls[i]) box.setAttribute("tabindex", "0")
    else box.removeAttribute("tabindex")
  }
}
const resized = new ResizeObserver(entries => letKeyboardIn(entries.map(entry => entry.target)))
/** @param {Element} box */
function measure(box) {
  resized.unobserve(box) // or it would be measured when its size changes only
  resized.observe(box)
}
boxes.forEach(measure)
document.fonts.ready.then(() => boxes.forEach(measure)) // a formula widens with its fonts

// A phone lays out at first what is on its screen (see site.css), and the rest bit by bit, when it
// has nothing else to do.
/** @type {NodeListOf<HTMLElement>} */
const later = document.querySelectorAll("pre > code, svg.figure")
const whenIdle = window.requestIdleCallback ?? setTimeout // which Safari has not
/** @param {number} at */
function layOutFrom(at) {
  const next = later[at]
  if (!next) return
  next.style.contentVisibility = "visible"
  if (next.matches("code")) measure(next)
  whenIdle(() => layOutFrom(at + 1))
}
addEventListener("load", () => whenIdle(() => layOutFrom(0)))

// The theme's drawer and search open with labels of hidden checkboxes, which only a mouse can
// press: a button inside each label gives the keyboard and the screen reader the same. On a small
// screen both lie over the page, and what they cover is no stop for the keyboard. (Nor is what is
// closed: see site.css.) Escape closes what is open, and so does a link that was followed.
/**
 * @param {string} id of the checkbox
 * @param {string} name of its buttons
 * @param {Element} panel
 * @param {string} small which screens it covers
 * @param {NodeListOf<HTMLElement>} covered
 */
function addToggle(id, name, panel, small, covered) {
  /** @type {HTMLInputElement} */
  const checkbox = document.querySelector(`#${id}`)
  const covers = matchMedia(small)
  /** @type {NodeListOf<HTMLElement>} */
  const labels = document.querySelectorAll(`:is(.md-header__button, .mlp-close)[for=${id}]`)
  const [opener, closer] = [...labels].map(label => {
    const button = Object.assign(document.createElement("button"), {
      type: "button", ariaLabel: label.title || name, onclick: () => checkbox.click(),
    })
    button.append(...label.childNodes)
    label.append(button)
    return button
  })
  function follow() {
    opener.ariaExpanded = String(checkbox.checked)
    for (const element of covered) element.inert = covers.matches && checkbox.checked
  }
  checkbox.addEventListener("change", () => {
    follow()
    if (covers.matches) (checkbox.checked ? closer : opener)?.focus()
  })
  covers.addEventListener("change", follow)
  addEventListener("keydown", event => {
    if (event.key === "Escape" && checkbox.checked) checkbox.click()
  })
  panel.addEventListener("click", event => {
    if (/** @type {Element} */ (event.target).closest("a") && checkbox.checked) checkbox.click()
  })
  follow()
}
const search = document.querySelector(".md-search")
search.ariaLabel = "Search"
addToggle("__search", "Search", search, "(max-width: 59.984em)",
  document.querySelectorAll("[data-md-component=skip], .md-header__inner > :not(.md-search), .md-container"))
addToggle("__drawer", "Menu", document.querySelector(".md-sidebar--primary"), "(max-width: 76.234em)",
  document.querySelectorAll(".md-skip, .md-header, .md-content, .md-footer"))

// What a reader types into the search is words and names of code. The theme would take `-` before
// a word for "without it", so that `--fold` finds nothing, and `:` for the name of a field.
const query = document.querySelector(".md-search__input")
const typed = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")
Object.defineProperty(query, "value", {
  get() { return typed.get.call(this).replace(/(^|\s)[-+]+|[:^~*]/g, " ") },
  set(text) { typed.set.call(this, text) },
})

// The index of the search weighs as much as a chapter, and the theme asks for it on every page. It
// comes when the search is opened, or when words that it found are to be marked.
{
  const { send } = XMLHttpRequest.prototype
  const wanted = new Promise(resolve => {
    document.querySelector("#__search").addEventListener("change", resolve)
    if (new URLSearchParams(location.search).has("h")) resolve()
  })
  XMLHttpRequest.prototype.send = function (/** @type {any} */ body) { wanted.then(() => send.call(this, body)) }
}

// Sources, commands and code can be copied; what a program printed has no button. (The theme's own
// buttons make each listing a landmark of the page.)
const spoken = document.createElement("p")
spoken.className = "copy-status"
spoken.setAttribute("role", "status")
document.body.append(spoken)
/** @type {NodeListOf<HTMLElement>} */
const listings = document.querySelectorAll(".highlight:not(.litdocs-output, .language-text)")
for (const listing of listings) {
  const code = listing.querySelector("pre > code")
  if (!code) continue
  const what = listing.querySelector(".filename")?.textContent ?? "this listing"
  const button = Object.assign(document.createElement("button"), {
    type: "button", className: "copy", textContent: "copy", ariaLabel: `Copy ${what}`,
    onclick: async () => {
      const done = await copy(listing.dataset.copy ?? code.textContent)
      button.textContent = spoken.textContent = done ? "copied" : "copy failed"
      setTimeout(() => { button.textContent = "copy"; spoken.textContent = "" }, 2000)
    },
  })
  listing.append(button)
}

// Put a text on the clipboard; say whether that worked.
/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Over plain http there is no such clipboard. The older way copies what is selected.
    const focused = /** @type {HTMLElement} */ (document.activeElement)
    const box = Object.assign(document.createElement("textarea"), { value: text })
    box.style.position = "fixed"
    document.body.append(box)
    box.select()
    const done = document.execCommand("copy")
    box.remove()
    focused.focus({ preventScroll: true })
    return done
  }
}
