// What survives a reload or a closed tab: one entry in the browser's own database.

const NAME = "mlp-spelled-out", KEY = "lab"

/** @returns {Promise<IDBObjectStore>} @param {IDBTransactionMode} mode */
function shelf(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore("states")
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("states", mode)
      transaction.oncomplete = transaction.onabort = () => opening.result.close()
      resolve(transaction.objectStore("states"))
    }
  })
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.transaction.onabort = () => reject(request.transaction.error)
  })
}

/** What was kept last, or nothing. @returns {Promise<any>} */
export const recall = async () => done((await shelf("readonly")).get(KEY))

/** Keep a state in place of the one before. @param {unknown} state */
export const keep = async state => done((await shelf("readwrite")).put(state, KEY))
