import type { CommandWord, OptionWord } from './command-tree.ts'

/** The completion of fish. */
export function fishCompletion(name: string, commands: readonly CommandWord[]): string {
  const lines = commands.flatMap((command) => {
    const inside = `-n '__fish_seen_subcommand_from ${command.name}'`
    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.description)}`,
      ...command.options.map((option) => `complete -c ${name} ${inside} ${optionText(option)}`),
      ...(command.takesFiles ? [`complete -c ${name} ${inside} -F`] : []),
      ...(command.words.length > 0 ? [`complete -c ${name} ${inside} -a ${quoted(command.words.join(' '))}`] : []),
    ]
  })
  return `# fish completion of ${name}: ${name} completion fish | source\ncomplete -c ${name} -f\n${lines.join('\n')}\n`
}

function optionText({ flags, description, takes, choices }: OptionWord): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const value = takes === 'file' ? ['-r', '-F'] : takes === 'value' ? ['-x'] : []
  const words = choices.length > 0 ? [`-a ${quoted(choices.join(' '))}`] : []
  return [...names, ...value, ...words, `-d ${quoted(description)}`].join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
