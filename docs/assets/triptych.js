// The three languages of a ```sources fence: side by side where no line is cut that way, else tabs.
// Every set on the page, and every page of the book, follows the language that was chosen last.
{
  const KEY = "litdocs.language"
  /** @type {NodeListOf<HTMLElement>} */
  const roots = document.querySelectorAll(".triptych")
  const sets = [...roots].map(addTabs)
  let chosen = recall()

  /**
   * @param {HTMLElement} root
   * @param {number} number of this set on the page
   */
  function addTabs(root, number) {
    const grid = root.firstElementChild
    const panels = /** @type {HTMLElement[]} */ ([...grid.children])
    const list = document.createElement("div")
    list.className = "triptych-tabs"
    list.setAttribute("role", "tablist")
    list.setAttribute("aria-label", "Language")
    const tabs = panels.map(panel => {
      const tab = document.createElement("button")
      panel.id = `triptych-${number}-${panel.dataset.language}`
      tab.type = "button"
      tab.textContent = panel.dataset.name
      tab.dataset.language = panel.dataset.language
      tab.setAttribute("role", "tab")
      tab.setAttribute("aria-controls", panel.id)
      tab.addEventListener("click", () => choose(tab))
      return tab
    })
    list.append(...tabs)
    list.addEventListener("keydown", event => {
      const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (event.target))
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
      if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const tab = tabs.at(to % tabs.length)
      tab.focus()
      choose(tab)
    })
    root.prepend(list)
    return { root, grid, list, panels, tabs }
  }

  /** @param {HTMLElement} tab */
  function choose(tab) {
    const before = tab.getBoundingClientRect().top
    chosen = tab.dataset.language
    try { localStorage.setItem(KEY, chosen) } catch { /* no storage: this page only */ }
    show()
    // The sets above changed their heights: keep the reader's place.
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" })
  }

  function recall() {
    try { return localStorage.getItem(KEY) } catch { return null }
  }

  function show() {
    for (const { root, list, panels, tabs } of sets) {
      const asTabs = root.hasAttribute("data-as-tabs")
      const current = panels.find(panel => panel.dataset.language === chosen) ?? panels[0]
      list.hidden = !asTabs
      for (const [i, panel] of panels.entries()) {
        panel.setAttribute("role", asTabs ? "tabpanel" : "region")
        panel.hidden = asTabs && panel !== current
        tabs[i].setAttribute("aria-selected", String(panel === current))
        tabs[i].tabIndex = panel === current ? 0 : -1
      }
    }
  }

  /** @param {{ grid: Element }} set */
  function fits({ grid }) {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ")
    const lines = [...grid.querySelectorAll("pre > code")]
    return columns.length > 1 && lines.every(code => code.scrollWidth <= code.clientWidth)
  }

  function layOut() {
    for (const { root, panels } of sets) {
      root.removeAttribute("data-as-tabs")
      for (const panel of panels) panel.hidden = false
    }
    // Measure all before changing any: each change would have the page laid out anew.
    const asTabs = sets.map(set => !fits(set))
    for (const [i, { root }] of sets.entries()) root.toggleAttribute("data-as-tabs", asTabs[i])
    show()
  }

  let width = innerWidth
  addEventListener("resize", () => {
    if (width === innerWidth) return // a phone hides its address bar
    width = innerWidth
    layOut()
  })
  layOut()
  document.fonts.ready.then(layOut)
}
