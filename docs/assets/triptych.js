// The three languages of a ```sources fence: tabs on a small screen, regions on a wide one. Every
// set on the page, and every page of the book, follows the language that was chosen last.
{
  const KEY = "litdocs.language"
  const wide = matchMedia("(min-width: 76.25em)")
  const sets = [...document.querySelectorAll(".triptych")].map(addTabs)
  let chosen = recall()

  function addTabs(root, number) {
    const panels = [...root.children]
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
      const at = tabs.indexOf(event.target)
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
      if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const tab = tabs.at(to % tabs.length)
      tab.focus()
      choose(tab)
    })
    root.prepend(list)
    return { root, list, panels, tabs }
  }

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
      const current = panels.find(panel => panel.dataset.language === chosen) ?? panels[0]
      root.toggleAttribute("data-as-tabs", !wide.matches)
      list.hidden = wide.matches
      for (const [i, panel] of panels.entries()) {
        panel.setAttribute("role", wide.matches ? "region" : "tabpanel")
        panel.hidden = !wide.matches && panel !== current
        tabs[i].setAttribute("aria-selected", panel === current)
        tabs[i].tabIndex = panel === current ? 0 : -1
      }
    }
  }

  wide.addEventListener("change", show)
  show()
}
