import { describe, expect, it } from 'vitest'
import { optionLines, type OptionSpec, parseCommandLine } from './command-line.ts'

const SPECS = {
  rate: { kind: 'whole', value: 'N', least: 1, most: 100, help: 'requests a second' },
  orders: { kind: 'text', value: 'FILE', help: 'orders to replay' },
  json: { kind: 'flag', help: 'one document' },
} as const satisfies Record<string, OptionSpec>

describe('a command line', () => {
  it('may leave everything out', () => {
    expect(parseCommandLine([], SPECS, [])).toEqual({
      options: { rate: undefined, orders: undefined, json: false },
      positionals: [],
    })
  })

  it('gives values after a space or an equals sign, and flags without one', () => {
    const { options } = parseCommandLine(['--rate', '40', '--orders=a=b.gz', '--json'], SPECS, [])
    expect(options).toEqual({ rate: 40, orders: 'a=b.gz', json: true })
  })

  it('takes exactly the positionals that are named', () => {
    expect(parseCommandLine(['DIR', '--json', '7'], SPECS, ['DIR', 'ORDER_ID']).positionals).toEqual(['DIR', '7'])
    expect(() => parseCommandLine([], SPECS, ['the folder DIR'])).toThrow('the folder DIR is missing')
    expect(() => parseCommandLine(['x'], SPECS, [])).toThrow('unexpected "x"')
  })

  it.each([
    [['--reta', '40'], /unknown option --reta; known: --rate --orders --json/],
    [['-rate', '40'], /unknown option -rate/],
    [['--constructor'], /unknown option --constructor/],
    [['--rate'], /--rate needs a value: --rate N/],
    [['--rate='], /--rate needs a value/],
    [['--orders', '--json'], /--orders needs a value: --orders FILE/],
    [['--rate', 'fast'], /--rate must be a whole number from 1 to 100, not "fast"/],
    [['--rate', '1.5'], /--rate must be a whole number from 1 to 100, not "1.5"/],
    [['--rate', '-3'], /--rate must be a whole number from 1 to 100, not "-3"/],
    [['--rate', '0'], /--rate must be a whole number from 1 to 100, not "0"/],
    [['--rate', '101'], /--rate must be a whole number/],
    [['--rate', '9'.repeat(400)], /--rate must be a whole number/],
    [['--json=yes'], /--json takes no value/],
  ])('is refused in one line, with exit code 2: %j', (args, message) => {
    expect(() => parseCommandLine(args, SPECS, [])).toThrow(message)
    expect(() => parseCommandLine(args, SPECS, [])).toThrow(expect.objectContaining({ exitCode: 2 }))
    expect(() => parseCommandLine(args, SPECS, [])).toThrow(/^[^\n]*$/)
  })

  it('is explained option by option', () => {
    expect(optionLines(SPECS).split('\n')).toEqual([
      '  --rate N       requests a second',
      '  --orders FILE  orders to replay',
      '  --json         one document',
    ])
  })
})
