/** Where the text of a trace line begins, behind its time. */
const TEXT_AT = 11
/** So many lines are read at a glance. */
const MOST_LINES = 26
/** How many lines are kept from the beginning when the middle is left out. */
const FIRST_LINES = 8
/** Faults and what follows from them, the violation, and the borders of the run. */
const TELLING =
  /^(?:[!X]|.* (?:starts|dies|stands still|goes on|restarts|its wall clock)\b|.*late request|.*delivered again|.*->|from here on)/

/**
 * A trace to read. What is said several times in a row is said once; where it is long still, the quiet lines that lie
 * furthest back are left out, then what was said before, and at last the middle. Where something is left out a line says so.
 */
export function shortTrace(lines: readonly string[]): readonly string[] {
  let short = withoutRepetitions(lines)
  short = without(short, (line) => !TELLING.test(textOf(line)))
  const said = new Set<string>()
  short = without(short, (line) => {
    const again = said.has(gist(line))
    said.add(gist(line))
    return again
  })
  return without(short, (_, i) => i >= FIRST_LINES)
}

/** Leaves out lines, from the first on, until the rest is short enough. */
function without(lines: readonly string[], isLeftOut: (line: string, i: number) => boolean): readonly string[] {
  let excess = lines.length - MOST_LINES
  if (excess <= 0) return lines
  const kept: string[] = []
  let left = 0
  const tell = (): void => {
    if (left > 0) kept.push(`${''.padStart(TEXT_AT)}(${left} ${left === 1 ? 'line' : 'lines'} left out)`)
    left = 0
  }
  for (const [i, line] of lines.entries()) {
    if (excess > 0 && i < lines.length - 1 && isLeftOut(line, i)) {
      excess--
      left++
    } else {
      // The line that says so takes the place of one.
      if (left === 1) excess++
      tell()
      kept.push(line)
    }
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
