import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT } from './exit.ts'
import { watertightProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/command-line.md'), 'utf8')
const { commands } = watertightProgram(processTerminal(), () => undefined)

/** The rows of the first table below a heading, as `flag: what`. */
function rows(heading: string): readonly string[] {
  const [, rest = ''] = page.split(`## ${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  return [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, flag, what]) => `${flag}: ${what}`)
}

describe('the page of the command line', () => {
  it.each(commands.map((command) => [command.name(), command] as const))(
    'says of %s what --help says, and no more',
    (name, command) => {
      expect(rows(`watertight ${name}`)).toEqual(
        command.options.map(({ flags, description }) => `${flags}: ${description}`),
      )
    },
  )

  it('has a part for every command, and none for what is not there', () => {
    const parts = [...page.matchAll(/^## watertight (\S+)$/gm)].map(([, name]) => name)
    expect(parts).toEqual(commands.map((command) => command.name()))
  })

  it('tells every exit code', () => {
    expect([...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT))
  })
})
