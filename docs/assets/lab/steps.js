// The steps of one window, from letters to the update: what each shows, and where each number is from.

/** @typedef {import("./net.js").Net} Net */

/**
 * Where a number is from: the numbers that it was computed of, and the sum in digits.
 * @typedef {{ from: [string, number][], sum: string }} Source
 */

/**
 * A table of numbers: tensors side by side, whose rows belong together.
 * @typedef {object} Table
 * @property {string[]} tensors their names; `name^T` for one that is drawn as a column
 * @property {"letters" | "units" | "places" | "none"} rows what a row is
 */

/**
 * @typedef {object} Step
 * @property {string} id of its section on the page, and in the chapters
 * @property {Table[]} tables
 */

/** @type {Step[]} */
export const STEPS = [
  { id: "embedding", tables: [
    { tensors: ["wte"], rows: "letters" }, { tensors: ["x"], rows: "places" }] },
  { id: "linear", tables: [
    { tensors: ["x"], rows: "none" }, { tensors: ["W1", "b1^T", "pre^T"], rows: "units" }] },
  { id: "tanh", tables: [{ tensors: ["pre^T", "hidden^T"], rows: "units" }] },
  { id: "output", tables: [
    { tensors: ["hidden"], rows: "none" }, { tensors: ["W2", "b2^T", "logits^T"], rows: "letters" }] },
  { id: "softmax", tables: [{ tensors: ["logits^T", "probs^T"], rows: "letters" }] },
  { id: "loss", tables: [
    { tensors: ["probs^T"], rows: "letters" }, { tensors: ["loss"], rows: "none" }] },
  { id: "softmax-backward", tables: [
    { tensors: ["probs^T", "dlogits^T"], rows: "letters" }] },
  { id: "output-backward", tables: [
    { tensors: ["hidden"], rows: "none" },
    { tensors: ["W2", "dlogits^T", "dW2", "db2^T"], rows: "letters" },
    { tensors: ["dhidden"], rows: "none" }] },
  { id: "tanh-backward", tables: [
    { tensors: ["hidden^T", "dhidden^T", "dpre^T"], rows: "units" }] },
  { id: "linear-backward", tables: [
    { tensors: ["x"], rows: "none" },
    { tensors: ["W1", "dpre^T", "dW1", "db1^T"], rows: "units" },
    { tensors: ["dx"], rows: "none" }] },
  { id: "embedding-backward", tables: [
    { tensors: ["dx"], rows: "places" }, { tensors: ["dwte"], rows: "letters" }] },
  { id: "update", tables: [
    { tensors: ["wte", "dwte", "new wte"], rows: "letters" },
    { tensors: ["W1", "dW1", "new W1"], rows: "units" },
    { tensors: ["b1^T", "db1^T", "new b1^T"], rows: "units" },
    { tensors: ["W2", "dW2", "new W2"], rows: "letters" },
    { tensors: ["b2^T", "db2^T", "new b2^T"], rows: "letters" }] },
]

/** A number as the tables write it. @param {number} x */
export const short = x => (Object.is(x, -0) || Math.abs(x) < .005 ? 0 : x).toFixed(2).replace("-", "−")

/** A number with the digits that a sum needs. @param {number} x */
const long = x => x.toFixed(4).replace("-", "−")

/** @param {number[]} a @param {number[]} b */
const products = (a, b) => a.map((x, i) => `${long(x)} · ${long(b[i])}`).join(" + ")

/**
 * Where number `index` of a tensor is from.
 * @param {Net} net @param {string} name @param {number} index
 * @returns {Source}
 */
export function source(net, name, index) {
  const { T, E, I, H, V, tensors, ids, targetId } = net
  /** @param {string} of @param {number} at */
  const number = (of, at) => tensors[of].numbers[at]
  const value = long(number(name, index))
  const range = (/** @type {number} */ n) => [...Array(n).keys()]
  /** @type {(of: string, at: number[]) => [string, number][]} */
  const all = (of, at) => at.map(i => [of, i])
  const letter = (/** @type {number} */ v) => net.alphabet[v] || "the end"

  /** A linear layer. @param {string} x @param {string} W @param {string} b @param {number} n inputs */
  const linear = (x, W, b, n) => {
    const row = range(n).map(i => index * n + i)
    return {
      from: [...all(x, range(n)), ...all(W, row), ...all(b, [index])],
      sum: `${products(range(n).map(i => number(x, i)), row.map(at => number(W, at)))} + ${long(number(b, index))} = ${value}`,
    }
  }
  /** The gradient of a weight. @param {string} x @param {string} dout @param {number} n inputs */
  const dweight = (x, dout, n) => {
    const row = Math.floor(index / n), i = index % n
    return {
      from: [...all(dout, [row]), ...all(x, [i])],
      sum: `${long(number(dout, row))} · ${long(number(x, i))} = ${value}`,
    }
  }
  /** The gradient of an input. @param {string} W @param {string} dout @param {number} n inputs @param {number} outs */
  const dinput = (W, dout, n, outs) => {
    const column = range(outs).map(o => o * n + index)
    return {
      from: [...all(dout, range(outs)), ...all(W, column)],
      sum: `${products(range(outs).map(o => number(dout, o)), column.map(at => number(W, at)))} = ${value}`,
    }
  }
  /** @param {string} of @returns {Source} */
  const copy = of => ({ from: all(of, [index]), sum: `the same as ${of}: ${value}` })

  switch (name) {
    case "x": {
      const at = ids[Math.floor(index / E)] * E + index % E
      return { from: all("wte", [at]), sum: `number ${index % E} of the row of ${letter(ids[Math.floor(index / E)])}: ${value}` }
    }
    case "pre": return linear("x", "W1", "b1", I)
    case "hidden": return { from: all("pre", [index]), sum: `tanh(${long(number("pre", index))}) = ${value}` }
    case "logits": return linear("hidden", "W2", "b2", H)
    case "probs": {
      const logits = range(V).map(v => number("logits", v))
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
      return {
        from: all("logits", range(V)),
        sum: `exp(${long(logits[index])}) / (exp(${long(logits[0])}) + … + exp(${long(logits[V - 1])})) = `
          + `${long(Math.exp(logits[index]))} / ${long(total)} = ${value}`,
      }
    }
    case "loss": return { from: all("probs", [targetId]), sum: `−ln ${long(number("probs", targetId))} = ${value}` }
    case "dlogits": return {
      from: all("probs", [index]),
      sum: `${long(number("probs", index))} − ${index === targetId ? 1 : 0} = ${value}`
        + (index === targetId ? `, since ${letter(index)} is the target` : ""),
    }
    case "dW2": return dweight("hidden", "dlogits", H)
    case "db2": return copy("dlogits")
    case "dhidden": return dinput("W2", "dlogits", H, V)
    case "dpre": {
      const out = number("hidden", index)
      return {
        from: [["dhidden", index], ["hidden", index]],
        sum: `${long(number("dhidden", index))} · (1 − ${long(out)}²) = ${value}`,
      }
    }
    case "dW1": return dweight("x", "dpre", I)
    case "db1": return copy("dpre")
    case "dx": return dinput("W1", "dpre", I, H)
    case "dwte": {
      const v = Math.floor(index / E), e = index % E
      const places = range(T).filter(t => ids[t] === v)
      const at = places.map(t => t * E + e)
      const terms = at.map(i => long(number("dx", i))).join(" + ")
      return {
        from: all("dx", at),
        sum: terms ? `${terms}${at.length > 1 ? ` = ${value}` : ""}, from each place where ${letter(v)} is`
          : `0: ${letter(v)} is not in the window`,
      }
    }
  }
  if (name.startsWith("new ")) {
    const of = name.slice(4)
    return {
      from: [[of, index], [`d${of}`, index]],
      sum: `AdamW makes ${value} of ${long(number(of, index))}, with the gradient ${long(number(`d${of}`, index))}`,
    }
  }
  return { from: [], sum: `a parameter: ${value}` }
}

/** Whether a reader can change it. @param {string} name */
export const isParameter = name => /^(wte|W1|b1|W2|b2)$/.test(name)

/** The colours of the book's figures. @param {string} name */
export function tone(name) {
  if (isParameter(name) || name.startsWith("new ")) return "weight"
  return name.startsWith("d") ? "gradient" : "value"
}
