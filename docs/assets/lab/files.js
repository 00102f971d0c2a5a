// What the pages that train fetch: files beside this script. It needs no page, as mlp.js.

import { Complaint } from "./mlp.js"

/** @param {string} name @param {string} [why] it may not be there @returns {Promise<Response>} */
async function get(name, why = `the site lacks ${name}`) {
  let answer
  try {
    answer = await fetch(new URL(name, import.meta.url))
  } catch {
    throw new Complaint("the site cannot be reached")
  }
  if (!answer.ok) throw new Complaint(why)
  return answer
}

/** A file that was packed when the site was built. @param {string} name @param {string} [why] it may not be there */
async function unpacked(name, why) {
  const { body } = await get(`${name}.gz`, why)
  return new Response(body.pipeThrough(new DecompressionStream("gzip")))
}

/** @param {string} name */
export const textOf = async name => (await unpacked(name)).text()

/** @param {string} name @returns {Promise<any>} */
export const jsonOf = async name => (await get(name)).json()

/** The library, compiled. */
export async function library() {
  if (typeof WebAssembly !== "object") {
    throw new Complaint("this browser has WebAssembly switched off, so nothing can train here")
  }
  const answer = await unpacked("mlp.wasm",
    "this site was built without ziglang, the compiler for WebAssembly, so nothing can train here")
  return WebAssembly.compile(await answer.arrayBuffer())
}
