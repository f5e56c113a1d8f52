const OPENS = /^\s*\/\/ #region (\S+)$/
const CLOSES = /^\s*\/\/ #endregion$/

/**
 * What a document shows of a program: all of it, or what stands between `// #region name` and its `// #endregion`, moved to the
 * margin. The markers themselves are not shown.
 *
 * @throws Error when there is no such region, or it is not closed.
 */
export function shownText(program: string, region?: string): string {
  const lines = program.split('\n')
  const shown = region === undefined ? lines : linesOf(lines, region)
  const unmarked = shown.filter((line) => !OPENS.test(line) && !CLOSES.test(line))
  if (region === undefined) return unmarked.join('\n')
  const margin = Math.min(...unmarked.filter((line) => line !== '').map((line) => line.search(/\S/)))
  return unmarked.map((line) => `${line.slice(margin)}\n`).join('')
}

function linesOf(lines: readonly string[], region: string): readonly string[] {
  const start = lines.findIndex((line) => OPENS.exec(line)?.[1] === region)
  if (start < 0) throw new Error(`there is no region ${region}`)
  let depth = 1
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at] as string
    if (OPENS.test(line)) depth++
    if (CLOSES.test(line)) depth--
    if (depth === 0) return lines.slice(start + 1, at)
  }
  throw new Error(`region ${region} is not closed`)
}
