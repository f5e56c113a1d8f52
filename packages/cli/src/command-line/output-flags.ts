import type { Command } from 'commander'

/** How a command hands over its result, and what it may overwrite. */
export interface OutputFlags {
  readonly report?: string
  readonly json?: boolean
  readonly yes?: boolean
  readonly input: boolean
}

/** Adds {@link OutputFlags} to a command. */
export function withOutputFlags(command: Command): Command {
  return command
    .option('--report <file>', 'write all of it as one HTML file')
    .option('--json', 'print one JSON document')
    .option('--yes', 'overwrite files without asking')
    .option('--no-input', 'never ask')
}
