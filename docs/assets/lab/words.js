// The reader's own words, by the rules of `mlp data` (code/python/mlp/words.py): the same words kept,
// in the same order, and the same said of every kind of change. A test compares the two.

import { Complaint } from "./mlp.js"

const MAX_NAME = 64, MAX_LETTERS = 65_535, MOST = 1 << 20
const SHUFFLE_SEED = 1337n
const PERCENT = 5 // of the words, for val and for test
const LETTER = /^[\p{L}\p{M}]$/u

// What would not show: controls, blanks, and what Unicode calls default ignorable. As in tokens.py.
const INVISIBLE = new RegExp(
  "[\\0- \\x7f-\\xa0\\xad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f" +
  "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0" +
  "\\ufff0-\\ufff8\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]", "gu")

// What Python takes for a blank.
const BLANKS = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
const BLANK = new RegExp(`[${BLANKS}]`)
const AROUND = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "g")

/** What happened on the way from lines to words, by kind: how often, and first to what. */
class Changes {
  /** @type {Map<string, { count: number, example: string }>} */
  kinds = new Map()

  /** @param {string} kind @param {string} before @param {string} [after] what was dropped has none */
  note(kind, before, after) {
    const found = this.kinds.get(kind)
    if (found) found.count++
    else {
      const example = before ? shown(before) : ""
      this.kinds.set(kind, { count: 1, example: after ? `${example} → ${shown(after)}` : example })
    }
  }

  /** A line for each kind. */
  lines() {
    return [...this.kinds].map(([kind, { count, example }]) => {
      const what = count === 1 ? kind.replace(/\b(word|line|mark)s\b/, "$1") : kind
      return `${count.toLocaleString("en")} ${what}` + (example ? `: ${example}` : "")
    })
  }
}

/** A word between quotes, not too long, and what would not show by its number. @param {string} word */
function shown(word) {
  const visible = [...word.replace(INVISIBLE, c => c === " " ? c : `<${codePoint(c)}>`)]
  return `'${visible.length <= 40 ? visible.join("") : visible.slice(0, 39).join("") + "…"}'`
}

/** @param {string} character */
function codePoint(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`
}

/**
 * Make a corpus of a text with one word a line.
 * @param {string} text
 * @param {boolean} keepScript or fold the words to a to z
 * @param {(seed: bigint) => () => number} random makes a source of 32 random bits
 * @returns {{ letters: string, train: string, val: string, test: string, words: number, changes: string[] }}
 */
export function corpusOf(text, keepScript, random) {
  const changes = new Changes()
  const words = [...kept(clean(text, changes), keepScript, changes)].sort(byCodePoint)
  const letters = [...new Set(words.join(""))].sort(byCodePoint).join("")
  if ([...letters].length > MAX_LETTERS) throw new Complaint(`more than ${MAX_LETTERS} letters`)
  if (words.length < 3) {
    throw new Complaint([
      `words that can be kept: ${words.length}; it needs 3 or more, one for each part`,
      ...changes.lines(),
    ].join("\n"))
  }
  shuffle(words, random(SHUFFLE_SEED))
  const few = Math.max(1, Math.floor(words.length * PERCENT / 100))
  const lines = (/** @type {string[]} */ part) => part.map(word => word + "\n").join("")
  return {
    letters: /[^a-z]/.test(letters) ? letters : "",
    train: lines(words.slice(2 * few)),
    val: lines(words.slice(0, few)),
    test: lines(words.slice(few, 2 * few)),
    words: words.length,
    changes: changes.lines(),
  }
}

/** End lines as they end here. @param {string} text @param {Changes} changes */
function clean(text, changes) {
  if (text.includes("\0")) throw new Complaint("it holds zeros: not a text")
  for (const [kind, pattern, instead] of /** @type {[string, RegExp, string][]} */ ([
    ["byte order marks removed", /\ufeff/g, ""],
    ["lines ended by a carriage return", /\r\n?/g, "\n"],
  ])) {
    const count = text.match(pattern)?.length
    if (count) changes.kinds.set(kind, { count, example: "" })
    text = text.replace(pattern, instead)
  }
  if (!text.replace(AROUND, "")) throw new Complaint("it is empty")
  return text
}

/**
 * The words that can be kept, each once.
 * @param {string} text @param {boolean} keepScript @param {Changes} changes
 */
function kept(text, keepScript, changes) {
  /** @type {Set<string>} */
  const words = new Set()
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [cell, ...rest] = line.replace(AROUND, "").split("\t")
    const word = cell.replace(AROUND, "")
    if (!word) {
      changes.note("empty lines dropped", "")
      continue
    }
    if (rest.length) changes.note("lines cut at a tab", line, word)
    else if (word !== line) changes.note("words trimmed of blanks", line, word)
    const small = word.toLowerCase()
    if (small !== word) changes.note("words in small letters", word, small)
    const folded = keepScript ? small.normalize("NFC") : fold(word)
    if (folded !== small) {
      changes.note(keepScript ? "words composed (NFC)" : "words without accents", small, folded)
    }
    const why = fault(folded, keepScript)
    if (why) changes.note(`words dropped, ${why}`, word)
    else if (words.has(folded)) changes.note("words dropped, repeated", word)
    else if (words.size === MOST) throw new Complaint(`more than ${MOST.toLocaleString("en")} words`)
    else words.add(folded)
  }
  return words
}

/** Small letters without accents and other marks. @param {string} word */
function fold(word) {
  if (/^[\0-\x7f]*$/.test(word)) return word.toLowerCase()
  return [...word.normalize("NFKD").toLowerCase()].filter(c => !combines(c)).join("")
}

/**
 * Whether Unicode gives a character a combining class. The iota below has the highest: in the normal
 * form, a character with a lower one stands before it.
 * @param {string} character
 */
function combines(character) {
  const pair = "\u0345" + character
  return character === "\u0345" || pair.normalize("NFD") !== pair
}

/** Why a word cannot be kept; "" if it can. @param {string} word @param {boolean} keepScript */
function fault(word, keepScript) {
  if (BLANK.test(word)) return "blanks inside"
  const characters = [...word]
  const invisible = () => characters.some(c => c.search(INVISIBLE) >= 0)
  if (!word || !characters.every(c => LETTER.test(c)) || invisible()) {
    return "hyphens, digits and other signs"
  }
  if (!keepScript && /[^a-z]/.test(word)) return "letters other than a to z (--keep-script keeps them)"
  if (characters.length > MAX_NAME) return `more than ${MAX_NAME} letters`
  return ""
}

/** @param {string} a @param {string} b */
function byCodePoint(a, b) {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue
    const [x, y] = [a.codePointAt(i), b.codePointAt(i)] // both at a letter's start, or both within the same
    return x - y
  }
  return a.length - b.length
}

/** Fisher & Yates, from the last item down. @param {string[]} items @param {() => number} u32 */
function shuffle(items, u32) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(u32() * (i + 1) / 2 ** 32) // exact, for so many items
    ;[items[i], items[j]] = [items[j], items[i]]
  }
}
