import type { CommandWord, OptionWord } from './command-tree.ts'

/** The completion of zsh. */
export function zshCompletion(name: string, commands: readonly CommandWord[]): string {
  return `#compdef ${name}
# zsh completion of ${name}: ${name} completion zsh > "\${fpath[1]}/_${name}"
_${name}() {
  local -a commands
  commands=(
${commands.map((command) => `    ${quoted(`${command.name}:${command.description}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == "_${name}" ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`
}

function commandCase(command: CommandWord): string {
  const rest = command.takesFiles
    ? [quoted('*:file:_files -g "*.(ts|mts|js|mjs)"')]
    : command.words.length > 0
      ? [quoted(`1:word:(${command.words.join(' ')})`)]
      : []
  const parts = [...command.options.flatMap(optionParts), ...rest]
  return `    ${command.name}) _arguments -s ${parts.join(' ')} ;;`
}

function optionParts({ flags, description, takes, choices }: OptionWord): readonly string[] {
  // Brackets and colons end a description of _arguments.
  const told = description.replaceAll(/[[\]:]/g, String.raw`\$&`)
  const value =
    takes === 'file'
      ? ':file:_files'
      : takes === 'value'
        ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : ' '}`
        : ''
  return flags.map((flag) => quoted(`*${flag}[${told}]${value}`))
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
