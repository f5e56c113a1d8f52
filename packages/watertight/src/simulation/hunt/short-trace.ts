/** Where the text of a trace line begins, behind its time. */
const TEXT_AT = 11
/** So many lines are read at a glance. */
const MOST_LINES = 28
/** Faults and what follows from them, the violation, and the borders of the run. */
const TELLING =
  /^(?:[!X]|.* (?:starts|dies|stands still|goes on|restarts|its wall clock)\b|.*late request|.*delivered again|.*->|from here on)/

/**
 * A trace to read: what is said several times in a row is said once, and where it is long still, the quiet lines that lie
 * furthest back are left out.
 */
export function shortTrace(lines: readonly string[]): readonly string[] {
  const once = withoutRepetitions(lines)
  let excess = once.length + 1 - MOST_LINES
  if (excess <= 1) return once
  const kept: string[] = []
  let left = 0
  const tell = (): void => {
    if (left > 0) kept.push(`${''.padStart(TEXT_AT)}(${left} quiet lines)`)
    left = 0
  }
  for (const line of once) {
    if (excess > 0 && !TELLING.test(line.slice(TEXT_AT))) {
      excess--
      left++
    } else {
      tell()
      kept.push(line)
    }
  }
  tell()
  return kept
}

function withoutRepetitions(lines: readonly string[]): readonly string[] {
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
