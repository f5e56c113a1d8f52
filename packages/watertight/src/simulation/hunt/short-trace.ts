/** Where the text of a trace line begins, behind its time. */
const TEXT_AT = 11
/** So many lines are read at a glance. */
const MOST_LINES = 28
/** How many lines are kept from the beginning when the middle is left out. */
const FIRST_LINES = 8
/** Faults and what follows from them, the violation, and the borders of the run. */
const TELLING =
  /^(?:[!X]|.* (?:starts again|dies|stands still|goes on|restarts|its wall clock)\b|.*late request|.*delivered again|.*->|from here on)/

/**
 * A trace to read. What is said several times in a row is said once; where it is long still, the quiet lines that lie
 * furthest back are left out, then what was said before, and at last the middle. Where something is left out a line says so.
 */
export function shortTrace(lines: readonly string[]): readonly string[] {
  const once = withoutRepetitions(lines)
  const said = new Set<string>()
  const isKept = once.map(() => true)
  leaveOut(once, isKept, (line) => !TELLING.test(textOf(line)))
  leaveOut(once, isKept, (line) => said.size === said.add(gist(line)).size)
  leaveOut(once, isKept, (_, i) => i >= FIRST_LINES)
  return withGaps(once, isKept)
}

/** Leaves out lines, from the first on, until what is kept and the gaps between are few enough. */
function leaveOut(lines: readonly string[], isKept: boolean[], isIdle: (line: string, i: number) => boolean): void {
  let length = withGaps(lines, isKept).length
  for (const [i, line] of lines.entries()) {
    if (length <= MOST_LINES || i === lines.length - 1) return
    if (isKept[i] === false || !isIdle(line, i)) continue
    isKept[i] = false
    // A line that stands alone leaves a gap, which takes as much room; one beside a gap joins it.
    length -= Number(isKept[i - 1] === false) + Number(isKept[i + 1] === false)
  }
}

function withGaps(lines: readonly string[], isKept: readonly boolean[]): readonly string[] {
  const kept: string[] = []
  let left = 0
  for (const [i, line] of lines.entries()) {
    if (isKept[i] === false) {
      left++
      continue
    }
    if (left > 0) kept.push(`${''.padStart(TEXT_AT)}(${left} ${left === 1 ? 'line' : 'lines'} left out)`)
    left = 0
    kept.push(line)
  }
  return kept
}

function withoutRepetitions(lines: readonly string[]): readonly string[] {
  const short: string[] = []
  let times = 0
  lines.forEach((line, i) => {
    times++
    const next = lines[i + 1]
    if (next !== undefined && textOf(next) === textOf(line)) return
    short.push(times === 1 ? line : `${line} (${times} times)`)
    times = 0
  })
  return short
}

function textOf(line: string): string {
  return line.slice(TEXT_AT)
}

/** What a line says, whatever its numbers. */
function gist(line: string): string {
  return textOf(line).replaceAll(/\d+/g, '')
}
