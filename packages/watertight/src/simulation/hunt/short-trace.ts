/** Where the text of a trace line begins, behind its time. */
const TEXT_AT = 11

/** A trace to read: what is said many times in a row is said once, with how often. */
export function shortTrace(lines: readonly string[]): readonly string[] {
  const short: string[] = []
  let times = 0
  lines.forEach((line, i) => {
    times++
    const next = lines[i + 1]
    if (next?.slice(TEXT_AT) === line.slice(TEXT_AT)) return
    short.push(times === 1 ? line : `${line} (${times} times)`)
    times = 0
  })
  return short
}
