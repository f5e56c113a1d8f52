import { Command } from 'commander'
import { EXIT, type ExitCode, PlainFailure } from '../command-line/exit.ts'
import { readCount } from '../command-line/option-values.ts'
import { type OutputFlags, withOutputFlags } from '../command-line/output-flags.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { summaryRow } from '../summary/summary.ts'
import { type ScenarioFlags, withScenarioFlags } from '../scenario-file/scenario-flags.ts'
import { readSeed, readSeeds } from './seeds.ts'

const EXAMPLES = `
FILE is TypeScript or JavaScript that exports a scenario; it runs as it is. Write it before options that take several values.

Examples:
  $ watertight rehearse valentine.ts --seed 7 --report out.html
  $ watertight rehearse valentine.ts --seeds 1..20
  $ watertight rehearse valentine.ts --unprotected
  $ watertight rehearse valentine.ts --set payments.retry.attempts=0
  $ watertight rehearse valentine.ts --compare control protected --seeds 1..10
  $ watertight rehearse valentine.ts --compare today.json tomorrow.json
  $ watertight rehearse valentine.ts --sweep
  $ watertight rehearse valentine.ts --sweep payments.queue=0..400
  $ watertight rehearse valentine.ts --grid spike.height=2..16 spike.length=10s..120s

Exit codes: 0 contained, 1 not contained, 2 wrong usage, 130 (of the shell) Ctrl-C.
With --compare they are about the second configuration.`

interface Flags extends ScenarioFlags, OutputFlags {
  readonly seed?: number | string
  readonly seeds?: readonly (number | string)[]
  readonly control?: boolean
  readonly compare?: readonly string[]
  readonly sweep?: true | string
  readonly grid?: readonly string[]
  readonly points?: number
}

/** `watertight rehearse`: lives through a scenario in virtual time, and says whether it stayed contained. */
export function rehearseCommand(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const command = withScenarioFlags(new Command('rehearse'))
    .description('live through a scenario in virtual time, and see whether it stays contained')
    .option('--control', 'the same as --unprotected')
    .option('--seed <seed>', 'what all chances follow from (default: 1)', readSeed)
    .option('--seeds <range>', 'several seeds: 1..20, or 3,7,9', readSeeds)
    .option('--compare <file...>', 'compare two: JSON files of changed options, protected, control')
    .option('--sweep [path=values]', 'up to which load it holds; or one option over its values')
    .option('--grid <path=values...>', 'two options over each other: where it tips')
    .option('--points <count>', 'most values of a range in a sweep or grid', readCount)
  return withOutputFlags(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: Flags) => {
      requireSense(flags)
      end(await run(file, flags, terminal))
    })
}

async function run(file: string, flags: Flags, terminal: Terminal): Promise<ExitCode> {
  // Here and not above: doctor and completion work without the simulator, and start without reading it.
  const { loadScenario } = await import('../scenario-file/load-scenarios.ts')
  const { chosenOptions, namedOptions } = await import('./configuration.ts')
  const { rehearsalOf } = await import('./rehearsal.ts')
  const { rehearsalText } = await import('./rehearsal-text.ts')
  const { reportOf } = await import('./report-of.ts')
  const { requireWritable, writeWhole } = await import('../report/written-file.ts')

  const { report, seed = 1, seeds, compare, grid } = flags
  if (report !== undefined) await requireWritable(report, { yes: flags.yes === true, input: flags.input }, terminal)
  const scenario = await loadScenario(file, flags.scenario)
  const unprotected = flags.unprotected === true || flags.control === true
  const rehearsal = await rehearsalOf(
    scenario,
    {
      configurations:
        compare === undefined
          ? [chosenOptions(scenario, unprotected, flags.set ?? [])]
          : [namedOptions(scenario, compare[0] ?? ''), namedOptions(scenario, compare[1] ?? '')],
      seeds: seeds ?? [seed],
      control: !unprotected,
      ...(seeds && { searchSeeds: seeds }),
      ...(flags.sweep !== undefined && { sweep: flags.sweep }),
      ...(grid && { grid: [grid[0] ?? '', grid[1] ?? ''] as const }),
      ...(flags.points !== undefined && { points: flags.points }),
    },
    (what, { nowMs, untilMs }) =>
      terminal.progress(() => `${scenario.name}: ${what}, ${Math.floor((nowMs / untilMs) * 100)}%`),
  )
  if (report !== undefined) writeWhole(report, reportOf(rehearsal))
  terminal.print(flags.json === true ? JSON.stringify(rehearsal) : rehearsalText(rehearsal, terminal))
  if (report !== undefined) terminal.say(summaryRow('report', '', report))
  else if (flags.json !== true) terminal.say(summaryRow('', '', '--report out.html draws all of it'))
  return rehearsal.contained ? EXIT.fine : EXIT.failed
}

/** Refuses flags that contradict each other: one of them would be ignored in silence. */
function requireSense({ seed, seeds, compare, grid, set, unprotected, control, points, sweep }: Flags): void {
  const wrong = [
    seed !== undefined && seeds !== undefined && 'write --seed or --seeds, not both',
    compare !== undefined &&
      compare.length !== 2 &&
      `--compare takes two configurations, and here are ${compare.length}: ${compare.join(', ')}`,
    grid !== undefined &&
      grid.length !== 2 &&
      `--grid takes two PATH=VALUES, and here are ${grid.length}: ${grid.join(', ')}`,
    compare !== undefined &&
      (set !== undefined || unprotected === true || control === true) &&
      '--compare takes its options from what it compares: leave out --set and --unprotected',
    points !== undefined && sweep === undefined && grid === undefined && '--points is for --sweep and --grid',
    typeof sweep === 'string' &&
      !sweep.includes('=') &&
      `--sweep takes PATH=VALUES, and here is ${sweep}; write the file before --sweep`,
  ].find((text) => text !== false)
  if (wrong !== undefined) throw new PlainFailure(wrong)
}
