import { Command } from 'commander'
import { EXIT, type ExitCode } from '../command-line/exit.ts'
import { collect, readCount } from '../command-line/option-values.ts'
import { type OutputFlags, withOutputFlags } from '../command-line/output-flags.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { readSeed } from '../rehearse/seeds.ts'
import { type ScenarioFlags, withScenarioFlags } from '../scenario-file/scenario-flags.ts'

const EXAMPLES = `
It races sets of options over the same requests, improves the best one, takes back every change that does not matter, and confirms the
rest on fresh seeds.

Examples:
  $ watertight tune valentine.ts --vary payments.retry.attempts=0..5
  $ watertight tune valentine.ts --vary payments.queue=0..400 --vary payments.timeout=200ms..5s --save better.json
  $ watertight rehearse valentine.ts --compare protected better.json

Exit codes: 0 better options found, 1 none found, 2 wrong usage, 130 (of the shell) Ctrl-C.`

interface Flags extends ScenarioFlags, OutputFlags {
  readonly vary: readonly string[]
  readonly seed?: number | string
  readonly seeds?: number
  readonly runs?: number
  readonly save?: string
}

/** `watertight tune`: finds options under which a scenario does better. */
export function tuneCommand(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const command = withScenarioFlags(new Command('tune'))
    .description('find options under which a scenario does better')
    .requiredOption(
      '--vary <path=values>',
      'an option and what it may be: 0..5, 50ms..2s, a,b,c; may be repeated',
      collect,
    )
    .option('--seed <seed>', 'what the search itself draws its chances from (default: 1)', readSeed)
    .option('--seeds <count>', 'fresh seeds to confirm on (default: 5)', readCount)
    .option('--runs <count>', 'most runs of the search (default: 150)', readCount)
    .option('--save <file>', 'write the better options as JSON, for rehearse --compare')
  return withOutputFlags(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: Flags) => end(await run(file, flags, terminal)))
}

async function run(file: string, flags: Flags, terminal: Terminal): Promise<ExitCode> {
  // Here and not above: doctor and completion work without the simulator, and start without reading it.
  const { tune } = await import('watertight/simulation')
  const { loadScenario } = await import('../scenario-file/load-scenarios.ts')
  const { chosenOptions } = await import('../rehearse/configuration.ts')
  const { requireWritable, writeWhole } = await import('../report/written-file.ts')
  const { tuningReport } = await import('./tuning-report.ts')
  const { tuningText } = await import('./tuning-text.ts')

  const { vary, seed, seeds, runs, report, save } = flags
  const consent = { yes: flags.yes === true, input: flags.input }
  for (const target of [report, save]) if (target !== undefined) await requireWritable(target, consent, terminal)
  const scenario = await loadScenario(file, flags.scenario)
  const begin = chosenOptions(scenario, flags.unprotected === true, flags.set ?? [])
  const tuning = await tune(scenario, {
    vary,
    options: begin.options,
    ...(seed !== undefined && { seed }),
    ...(seeds !== undefined && { seeds }),
    ...(runs !== undefined && { runs }),
    progress: ({ run: nth, runs: all }) => terminal.progress(() => `${scenario.name}: run ${nth} of at most ${all}`),
  })
  if (save !== undefined && tuning.better) writeWhole(save, `${JSON.stringify(tuning.options, null, 2)}\n`)
  if (report !== undefined) writeWhole(report, await tuningReport(scenario, begin, tuning))
  terminal.print(flags.json === true ? JSON.stringify(tuning) : tuningText(tuning, terminal))
  for (const written of [tuning.better ? save : undefined, report]) {
    if (written !== undefined) terminal.say(`written    ${written}`)
  }
  return tuning.better ? EXIT.fine : EXIT.failed
}
