import type { Command } from 'commander'

/** One option of a command, as a shell completes it. */
export interface OptionWord {
  /** `--seed`, and `-h` where there is a short form. */
  readonly flags: readonly string[]
  readonly description: string
  readonly takes: 'nothing' | 'value' | 'file'
  readonly choices: readonly string[]
}

/** One command, as a shell completes it. */
export interface CommandWord {
  readonly name: string
  readonly description: string
  readonly options: readonly OptionWord[]
  /** What its arguments are: names of files, or some of a few words. */
  readonly takesFiles: boolean
  readonly words: readonly string[]
}

const FILE_VALUE = /FILE|\.html|\.json/i

/** The commands of a program, read from the program itself: a completion cannot offer what is not there. */
export function commandTree(program: Command): readonly CommandWord[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    takesFiles: command.registeredArguments.some((argument) => FILE_VALUE.test(argument.name())),
    words: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    options: [
      ...command.options.map(
        ({ long, short, description, required, optional, argChoices, flags }): OptionWord => ({
          flags: [short, long].filter((flag) => flag !== undefined && flag !== null),
          description,
          takes: required || optional ? (FILE_VALUE.test(flags) ? 'file' : 'value') : 'nothing',
          choices: argChoices ?? [],
        }),
      ),
      { flags: ['-h', '--help'], description: 'show help for this command', takes: 'nothing', choices: [] },
    ],
  }))
}
