/** Headers as pairs, in whatever form undici takes them: an object, a flat list, or something that iterates over pairs. */
export function headerPairs(headers: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof headers !== 'object' || headers === null) return []
  if (Array.isArray(headers)) {
    const pairs: (readonly [string, unknown])[] = []
    for (let at = 0; at + 1 < headers.length; at += 2) pairs.push([String(headers[at]), headers[at + 1]])
    return pairs
  }
  if (Symbol.iterator in headers) return [...(headers as Iterable<readonly [string, unknown]>)]
  return Object.entries(headers)
}
