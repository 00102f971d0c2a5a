// A worker that trains, as the page sees it: methods that answer with promises, and reports.

import { Complaint } from "./mlp.js"

/** @typedef {import("./worker.js").Report} Report */

export class Session {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
  /** @type {Map<number, PromiseWithResolvers<any>>} */
  #calls = new Map()
  #last = 0

  /**
   * @param {object} heard
   * @param {(report: Report) => void} heard.report
   * @param {() => void} heard.ended the schedule is at its end
   * @param {(message: string) => void} heard.complaint of nobody's call
   */
  constructor(heard) {
    this.#worker.onmessage = ({ data }) => {
      const call = this.#calls.get(data.id)
      this.#calls.delete(data.id)
      if (data.report) heard.report(data.report)
      else if (data.ended) heard.ended()
      else if (!call) heard.complaint(data.complaint)
      else if ("complaint" in data) call.reject(new Complaint(data.complaint))
      else call.resolve(data.result)
    }
    this.#worker.onerror = event => heard.complaint(
      event.message || "the program for training could not be loaded; a page opened as a file cannot do that")
  }

  /** Call a method of the worker. @param {string} method @param {...unknown} args @returns {Promise<any>} */
  call(method, ...args) {
    const id = ++this.#last
    const call = /** @type {PromiseWithResolvers<any>} */ ({})
    call.promise = new Promise((resolve, reject) => Object.assign(call, { resolve, reject }))
    this.#calls.set(id, call)
    this.#worker.postMessage({ id, method, args })
    return call.promise
  }
}
