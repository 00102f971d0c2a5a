// The only script of our own on every page. Without it the pages still read well.

// A box that scrolls sideways can be reached, and so scrolled, with the keyboard; one that fits is
// no stop on the way.
const boxes = document.querySelectorAll("pre > code, .table-scroll, div.math, figure")
function letKeyboardIn(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
  else box.removeAttribute("tabindex")
}
const resized = new ResizeObserver(entries => entries.forEach(entry => letKeyboardIn(entry.target)))
boxes.forEach(box => resized.observe(box))
document.fonts.ready.then(() => boxes.forEach(letKeyboardIn)) // a formula widens with its fonts

// The theme's menu and search open with labels of hidden checkboxes, which a mouse can press. A
// button inside each gives the keyboard and the screen reader the same.
for (const [id, name] of [["__drawer", "Menu"], ["__search", "Search"]]) {
  const label = document.querySelector(`.md-header__button[for=${id}]`)
  const checkbox = document.getElementById(id)
  const button = Object.assign(document.createElement("button"), {
    type: "button", ariaLabel: name, ariaExpanded: checkbox.checked,
    onclick: () => checkbox.click(),
  })
  button.append(...label.childNodes)
  label.append(button)
  checkbox.addEventListener("change", () => { button.ariaExpanded = checkbox.checked })
}
document.querySelector(".md-search").ariaLabel = "Search"

// What a reader types into the search is words and names of code. The theme would take `-` before
// a word for "without it", so that `--fold` finds nothing, and `:` for the name of a field.
const query = document.querySelector(".md-search__input")
const typed = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")
Object.defineProperty(query, "value", {
  get() { return typed.get.call(this).replace(/(^|\s)[-+]+|[:^~*]/g, " ") },
  set(text) { typed.set.call(this, text) },
})

// Sources, commands and code can be copied; what a program printed has no button. (The theme's own
// buttons make each listing a landmark of the page.)
const spoken = document.createElement("p")
spoken.className = "copy-status"
spoken.setAttribute("role", "status")
document.body.append(spoken)
for (const listing of document.querySelectorAll(".highlight:not(.litdocs-output, .language-text)")) {
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
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Over plain http there is no such clipboard. The older way copies what is selected.
    const focused = document.activeElement
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
