/** The words of a text, in lower case: runs of letters and digits. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/**
 * Finds the entries whose text holds every word of a query. Entries are numbered in the order they were added, and found in
 * that order.
 *
 * @example
 * const index = new WordIndex()
 * index.add('PINK POLKADOT BOWL')
 * index.find('bowl pink', 20) // [0]
 */
export class WordIndex {
  readonly #entriesByWord = new Map<string, number[]>()
  #next = 0

  add(text: string): number {
    const entry = this.#next++
    for (const word of new Set(wordsOf(text))) {
      const entries = this.#entriesByWord.get(word)
      if (entries) entries.push(entry)
      else this.#entriesByWord.set(word, [entry])
    }
    return entry
  }

  /** At most `limit` entries; none for a query without a word. */
  find(query: string, limit: number): readonly number[] {
    const lists: (readonly number[])[] = []
    for (const word of new Set(wordsOf(query))) {
      const entries = this.#entriesByWord.get(word)
      if (!entries) return []
      lists.push(entries)
    }
    lists.sort((a, b) => a.length - b.length)
    const [rarest, ...others] = lists
    if (!rarest) return []
    const found: number[] = []
    for (const entry of rarest) {
      if (found.length === limit) break
      if (others.every((entries) => holds(entries, entry))) found.push(entry)
    }
    return found
  }
}

/** Binary search: the lists are in rising order. */
function holds(entries: readonly number[], entry: number): boolean {
  let low = 0
  let high = entries.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const at = entries[middle] as number
    if (at === entry) return true
    if (at < entry) low = middle + 1
    else high = middle - 1
  }
  return false
}
