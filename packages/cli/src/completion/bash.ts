import type { CommandWord, OptionWord } from './command-tree.ts'

/** The completion of bash, from 3.2 on. */
export function bashCompletion(name: string, commands: readonly CommandWord[]): string {
  const all = commands.map((command) => command.name).join(' ')
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local IFS=$' \\t\\n' current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${commands.map((command) => command.name).join('|')}) command="$word"; break ;; esac
  done
  case "$command $previous" in
${commands.flatMap((command) => command.options.flatMap((option) => valueCases(command.name, option))).join('\n')}
  esac
  case "$command" in
    '') COMPREPLY=($(compgen -W '${all} --help --version' -- "$current")) ;;
${commands.map(commandCase).join('\n')}
  esac
}
complete -o filenames -o bashdefault -F _${name} ${name}
`
}

const FILES = `IFS=$'\\n'; COMPREPLY=($(compgen -d -- "$current"; compgen -f -X '!*.[tj]s' -- "$current"))`

function valueCases(command: string, option: OptionWord): readonly string[] {
  if (option.takes === 'nothing') return []
  const patterns = option.flags.map((flag) => `'${command} ${flag}'`).join('|')
  if (option.takes === 'file')
    return [`    ${patterns}) IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); return ;;`]
  return [`    ${patterns}) COMPREPLY=(${words(option.choices)}); return ;;`]
}

function commandCase(command: CommandWord): string {
  const flags = command.options.flatMap((option) => option.flags.filter((flag) => flag.startsWith('--')))
  const rest = command.takesFiles ? FILES : `COMPREPLY=(${words(command.words)})`
  return `    ${command.name}) if [[ "$current" == -* ]]; then COMPREPLY=(${words(flags)}); else ${rest}; fi ;;`
}

function words(list: readonly string[]): string {
  return list.length === 0 ? '' : `$(compgen -W '${list.join(' ')}' -- "$current")`
}
