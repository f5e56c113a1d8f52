import type { Answer } from './known-answer.ts'

const BEGIN = '<!-- known answers: written by npm run validate -->\n'
const END = '<!-- end -->'

/** The document with its table of answers as they are now. @throws Error when it has no place for one. */
export function withAnswers(document: string, answers: readonly Answer[]): string {
  const from = document.indexOf(BEGIN)
  const to = document.indexOf(END, from)
  if (from < 0 || to < 0) throw new Error(`the document must hold ${BEGIN.trim()} and, behind it, ${END}`)
  return `${document.slice(0, from + BEGIN.length)}${table(answers)}${document.slice(to)}`
}

function table(answers: readonly Answer[]): string {
  const groups = Map.groupBy(answers, ({ known }) => known.group)
  return [...groups].map(([group, rows]) => section(group, rows)).join('')
}

function section(group: string, rows: readonly Answer[]): string {
  const sources = [...new Set(rows.map(({ known }) => known.source))]
  return [
    `\n### ${group}\n`,
    '| what | published | ours | off by | allowed | runs | source |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => line(row, sources)),
    '',
    ...sources.map((source, index) => `${index + 1}. ${source}`),
    '\n',
  ].join('\n')
}

function line({ known, mean, standardError, seeds, agrees }: Answer, sources: readonly string[]): string {
  const { name, unit, published, within, exact, source } = known
  return `| ${[
    name,
    `${figure(published)} ${unit}`,
    `${figure(mean)} ± ${figure(standardError)}`,
    `${((mean / published - 1) * 100).toFixed(2)}%${agrees ? '' : ' **too far**'}`,
    `${within * 100}%${exact ? ', 3 ±' : ''}`,
    seeds,
    sources.indexOf(source) + 1,
  ].join(' | ')} |`
}

function figure(value: number): string {
  return Number(value.toPrecision(5)).toString()
}
