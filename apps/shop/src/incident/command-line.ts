import { EXIT, PlainFailure } from '../supervisor/plain-failure.ts'

/** One option of a command. `whole` takes a whole number between `least` and `most`. */
export type OptionSpec =
  | { readonly kind: 'flag'; readonly help: string }
  | { readonly kind: 'text'; readonly value: string; readonly help: string }
  | {
      readonly kind: 'whole'
      readonly value: string
      readonly least: number
      readonly most: number
      readonly help: string
    }

type Values<Specs extends Readonly<Record<string, OptionSpec>>> = {
  readonly [Name in keyof Specs]: Specs[Name]['kind'] extends 'flag'
    ? boolean
    : (Specs[Name]['kind'] extends 'whole' ? number : string) | undefined
}

export interface ParsedLine<Specs extends Readonly<Record<string, OptionSpec>>> {
  readonly options: Values<Specs>
  readonly positionals: readonly string[]
}

/**
 * Reads `--name value`, `--name=value`, flags, and exactly the positionals that are named.
 *
 * @throws PlainFailure (exit code 2) naming what is wrong and what would be right, in one line.
 *
 * @example
 * parseCommandLine(['--rate', '40'], { rate: { kind: 'whole', value: 'N', least: 1, most: 1000, help: 'requests a second' } }, [])
 */
export function parseCommandLine<const Specs extends Readonly<Record<string, OptionSpec>>>(
  args: readonly string[],
  specs: Specs,
  positionalNames: readonly string[],
): ParsedLine<Specs> {
  const options: Record<string, string | number | boolean | undefined> = Object.fromEntries(
    Object.entries(specs).map(([name, { kind }]) => [name, kind === 'flag' ? false : undefined]),
  )
  const positionals: string[] = []
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith('-')) {
      positionals.push(arg)
      continue
    }
    const [name, inline] = split(arg)
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined || !arg.startsWith('--'))
      throw wrong(`unknown option ${arg.split('=')[0]}; known: ${knownOf(specs)}`)
    if (spec.kind === 'flag') {
      if (inline !== undefined) throw wrong(`--${name} takes no value`)
      options[name] = true
      continue
    }
    const value = inline ?? rest.shift()
    if (value === undefined || value === '' || (inline === undefined && value.startsWith('--')))
      throw wrong(`--${name} needs a value: --${name} ${spec.value}`)
    options[name] = spec.kind === 'text' ? value : wholeNumber(name, value, spec)
  }
  requirePositionals(positionals, positionalNames)
  return { options: options as Values<Specs>, positionals }
}

/** The options of a command, one a line, for its help. */
export function optionLines(specs: Readonly<Record<string, OptionSpec>>): string {
  const left = Object.entries(specs).map(([name, spec]) => `  --${name}${spec.kind === 'flag' ? '' : ` ${spec.value}`}`)
  const width = Math.max(...left.map((text) => text.length)) + 2
  return Object.values(specs)
    .map(({ help }, index) => `${(left[index] ?? '').padEnd(width)}${help}`)
    .join('\n')
}

function split(arg: string): readonly [string, string | undefined] {
  const equals = arg.indexOf('=')
  return equals < 0
    ? [arg.replace(/^-+/, ''), undefined]
    : [arg.slice(0, equals).replace(/^-+/, ''), arg.slice(equals + 1)]
}

function wholeNumber(name: string, value: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= least && number <= most))
    throw wrong(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`)
  return number
}

function requirePositionals(given: readonly string[], names: readonly string[]): void {
  const missing = names[given.length]
  if (missing !== undefined) throw wrong(`${missing} is missing`)
  const tooMuch = given[names.length]
  if (tooMuch !== undefined) throw wrong(`unexpected ${JSON.stringify(tooMuch)}; options begin with --`)
}

function knownOf(specs: Readonly<Record<string, OptionSpec>>): string {
  return Object.keys(specs)
    .map((name) => `--${name}`)
    .join(' ')
}

function wrong(message: string): PlainFailure {
  return new PlainFailure(message, EXIT.usage)
}
