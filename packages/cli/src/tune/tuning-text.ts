import type { JsonValue, Tuning } from 'watertight/simulation'
import type { Terminal } from '../command-line/terminal.ts'
import { figure, share } from '../figures.ts'

/** What a search found, for a terminal: whether it is better, what to change, and the whole options to paste. */
export function tuningText(tuning: Tuning, { paint }: Pick<Terminal, 'paint'>): string {
  const { scenario, better, changes, contained, goodput, advantage, seeds, runs, tried, options } = tuning
  if (!better) {
    return [
      paint('yellow', `NOTHING BETTER  ${scenario}: of ${tried.length} sets of options none was better beyond doubt.`),
      `${runs} runs. A wider range, other options or more --runs may find some.`,
    ].join('\n')
  }
  const width = Math.max(...changes.map(({ path }) => path.length))
  return [
    paint('green', `BETTER  ${scenario}: ${tuningSentence(tuning)}`),
    ...changes.map(({ path, from, to }) => `  ${path.padEnd(width)}  ${optionText(from)} → ${optionText(to)}`),
    '',
    `contained  ${share(contained.before)} → ${share(contained.after)} of ${seeds} fresh seeds`,
    `goodput    ${figure(goodput.before)}/s → ${figure(goodput.after)}/s`,
    `score      ${figure(advantage.mean)} more (${figure(advantage.low)} to ${figure(advantage.high)}), ${tried.length} sets of options, ${runs} runs`,
    '',
    JSON.stringify(options, null, 2),
  ].join('\n')
}

/** What the better options bring, in one sentence. */
export function tuningSentence({ better, changes, contained, goodput, seeds }: Tuning): string {
  if (!better) return 'no set of options was better beyond doubt.'
  const count = changes.length === 1 ? 'one option' : `${changes.length} options`
  return `${count} changed, contained on ${share(contained.after)} of ${seeds} fresh seeds (before: ${share(contained.before)}), ${figure(goodput.after)} good answers a second (before: ${figure(goodput.before)}).`
}

/** One option as it is written. */
export function optionText(value: JsonValue | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
