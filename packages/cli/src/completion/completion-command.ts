import { Argument, Command } from 'commander'
import { EXIT, type ExitCode } from '../command-line/exit.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { bashCompletion } from './bash.ts'
import { type CommandWord, commandTree } from './command-tree.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

/** A shell that {@link completionScript} knows. */
export type Shell = 'bash' | 'zsh' | 'fish'

const SHELLS: Readonly<Record<Shell, typeof bashCompletion>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

const EXAMPLES = `
Examples:
  $ source <(watertight completion bash)                      # in ~/.bashrc
  $ watertight completion zsh > "\${fpath[1]}/_watertight"
  $ watertight completion fish > ~/.config/fish/completions/watertight.fish`

/** `watertight completion`: what a shell needs to complete the commands of `program`. */
export function completionCommand(program: Command, terminal: Terminal, end: (code: ExitCode) => void): Command {
  return new Command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => {
      terminal.print(completionScript(shell, program.name(), commandTree(program)).trimEnd())
      end(EXIT.fine)
    })
}

/** The completion script of a shell. */
export function completionScript(shell: Shell, name: string, commands: readonly CommandWord[]): string {
  return SHELLS[shell](name, commands)
}
