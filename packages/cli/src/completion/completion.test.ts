import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { watertightProgram } from '../command-line/program.ts'
import { processTerminal } from '../command-line/terminal.ts'
import { commandTree } from './command-tree.ts'
import { completionScript } from './completion-command.ts'

const program = watertightProgram(processTerminal(), () => undefined)
const tree = commandTree(program)
const folder = mkdtempSync(join(tmpdir(), 'completion-'))
for (const file of ['my day.ts', 'notes.md', 'today.json']) writeFileSync(join(folder, file), '')

/** What bash offers at the end of a line. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const line = words.map((word) => `'${word}'`).join(' ')
  const script = `${completionScript('bash', 'watertight', tree)}
COMP_WORDS=(watertight ${line}); COMP_CWORD=${words.length}; _watertight; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script], { cwd: folder })
  return stdout.trim().split('\n')
}

describe('completion in bash', () => {
  it('offers the commands', async () => {
    expect(await offered('')).toEqual(['rehearse', 'tune', 'doctor', 'completion', '--help', '--version'])
    expect(await offered('re')).toEqual(['rehearse'])
  })

  it('offers the options of the command that stands on the line', async () => {
    expect(await offered('rehearse', '--se')).toEqual(['--set', '--seed', '--seeds'])
    expect(await offered('doctor', '--')).toEqual(['--json', '--help'])
  })

  it('offers files where a file is due, also those with a blank in their name', async () => {
    expect(await offered('rehearse', '')).toEqual(['my day.ts'])
    expect(await offered('rehearse', 'my day.ts', '--compare', 't')).toEqual(['today.json'])
  })

  it('offers words where only these are right, and nothing where nobody can know', async () => {
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await offered('rehearse', 'my day.ts', '--seed', '')).toEqual([''])
  })
})

describe.each(['bash', 'zsh', 'fish'] as const)('the completion script of %s', (shell) => {
  const script = completionScript(shell, 'watertight', tree)

  it('knows every command and every option that there is', () => {
    for (const command of program.commands) {
      expect(script).toContain(command.name())
      for (const { long } of command.options) expect(script).toContain(shell === 'fish' ? `-l ${long?.slice(2)}` : long)
    }
  })

  it('has every quote closed', () => {
    expect(script.replaceAll(/\\.|"[^"\n]*"/g, '').split("'").length % 2).toBe(1)
  })
})

describe('the completion script of zsh', () => {
  it('hides the signs of a description that zsh would read as its own', () => {
    const [first] = commandTree(program)
    const option = { flags: ['--odd'], description: "it's [a]:b", takes: 'nothing', choices: [] } as const
    const script = completionScript('zsh', 'watertight', [{ ...(first as (typeof tree)[number]), options: [option] }])
    expect(script).toContain(String.raw`'*--odd[it'\''s \[a\]\:b]'`)
  })
})
