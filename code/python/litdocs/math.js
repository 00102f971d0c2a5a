// KaTeX behind a pipe, for math.py: a line of JSON in, a line of JSON out.
// node math.js FOLDER-OF-KATEX
const katex = require(process.argv[2])

const TOKENS = ["mi", "mn", "mo", "ms", "mtext"]

// In MathML a token holds text. KaTeX also puts elements into one (\underset, \overset, \bmod,
// \mathrel, \operatorname …), which no browser has to accept. Such a token is a row.
function makeRowsOfFilledTokens(node) {
  const children = node.children ?? []
  if (TOKENS.includes(node.type) && children.some(child => child.children)) {
    node.type = "mrow"
    node.attributes = {}
  }
  children.forEach(makeRowsOfFilledTokens)
}

function render(tex, displayMode) {
  const tree = katex.__renderToDomTree(tex, {
    displayMode, throwOnError: true, strict: "error", output: "htmlAndMathml",
  })
  makeRowsOfFilledTokens(tree)
  return tree.toMarkup()
}

require("node:readline").createInterface({ input: process.stdin }).on("line", line => {
  const { tex, display } = JSON.parse(line)
  let answer
  try {
    answer = { html: render(tex, display) }
  } catch (error) {
    answer = { error: error.message }
  }
  process.stdout.write(JSON.stringify(answer) + "\n")
})
