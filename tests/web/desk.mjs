// Runs the library in WebAssembly without a page: node desk.mjs MODULE, and a job as JSON on stdin.
// Prints as JSON what it found: losses, names, and what else a page shows of a run.
import { readFileSync, writeFileSync } from "node:fs"
import { Complaint, Desk } from "../../docs/assets/lab/mlp.js"

function evaluated(desk, split) {
  const evaluation = desk.evaluation(split, -1) // which pauses before each batch
  let part = evaluation.next()
  while (!part.done) part = evaluation.next()
  return part.value
}

const losses = []

function main() {
  const job = JSON.parse(readFileSync(0, "utf8"))
  const desk = new Desk(new WebAssembly.Module(readFileSync(process.argv[2])))
  desk.corpus(job.corpus)
  desk.preset(job.preset)
  for (const [name, value] of Object.entries(job.settings)) desk.set(name, value)
  if (job.load) desk.load(new Uint8Array(readFileSync(job.load)), job.fold)
  else desk.start(job.fold)
  while (losses.length < job.steps) {
    desk.steps(1)
    losses.push(desk.loss)
  }
  const found = {
    losses, loss: desk.loss, step: desk.step, train: evaluated(desk, "train"), val: evaluated(desk, "val"),
    names: desk.sample(job.sample), after: [...desk.after(job.sample.prompt)],
    settings: desk.settings(), rows: desk.rows, same: desk.sameNames,
  }
  if (job.save) writeFileSync(job.save, desk.save())
  console.log(JSON.stringify(found))
}

try { main() } catch (error) {
  if (!(error instanceof Complaint)) throw error
  console.error(`Complaint: ${error.message}\nafter ${losses.length} steps`)
  process.exitCode = 1
}
