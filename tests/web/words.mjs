// Makes corpora of texts, without a page: node words.mjs MODULE, and [{text, keepScript}, …] as JSON
// on stdin. Prints what came of each.
import { readFileSync } from "node:fs"
import { Complaint, Desk } from "../../docs/assets/lab/mlp.js"
import { corpusOf } from "../../docs/assets/lab/words.js"

const desk = new Desk(new WebAssembly.Module(readFileSync(process.argv[2])))
const found = JSON.parse(readFileSync(0, "utf8")).map(({ text, keepScript }) => {
  try {
    return corpusOf(text, keepScript, seed => desk.random(seed))
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    return { complaint: error.message }
  }
})
console.log(JSON.stringify(found))
