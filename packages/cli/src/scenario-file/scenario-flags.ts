import type { Command } from 'commander'
import { collect } from '../command-line/option-values.ts'

/** Which scenario of a file, and with which options it begins. */
export interface ScenarioFlags {
  readonly scenario?: string
  readonly set?: readonly string[]
  readonly unprotected?: boolean
}

/** Adds {@link ScenarioFlags} and the file to a command. */
export function withScenarioFlags(command: Command): Command {
  return command
    .argument('<file>', 'the file that exports the scenario')
    .option('--scenario <name>', 'which one, where the file exports several')
    .option('--set <path=value>', 'change one option; may be repeated', collect)
    .option('--unprotected', 'with the options of the control: the system without its protection')
}
