import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

const SOURCES = resolve(import.meta.dirname, '..')
const DAY = join(SOURCES, 'small-day.fixture.ts')
const SIMULATION = resolve(SOURCES, '../../watertight/src/simulation/index.ts')
const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const files = {
  'circles.ts': `export * from ${JSON.stringify(DAY)}\nprocess.stdout.write('ready', () => {\n  for (;;);\n})\n`,
  'stuck.ts': `import { scenario } from ${JSON.stringify(SIMULATION)}
export const stuck = scenario('stuck', {}, (sim) => {
  const again = () => sim.runtime.schedule(sim.runtime.now(), again)
  sim.at('1s', 'a circle', again)
  return sim.until('10s')
})
`,
  'quiet-day.ts': 'export const day = 1\n',
  'broken.ts': 'export const day = 1\nexport const = 2\n',
  'throws.ts': "throw new Error('no traffic today')\n",
  'imports.ts': "import 'nothing-of-the-kind'\n",
  'enum.ts': 'export enum Day { Mon }\n',
}
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const node = ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...node, join(SOURCES, 'main.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'watertight-compile-cache'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs the command as a user's shell does, in a folder of its own. */
async function watertight(...args: readonly string[]) {
  const child = start(args)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code: code as number | null }
}

describe('the command as a process', () => {
  it('prints the same document for the same seed, and nothing else on standard output', async () => {
    const [one, other] = [
      await watertight('rehearse', DAY, '--seeds', '3..4', '--json'),
      await watertight('rehearse', DAY, '--seeds', '3..4', '--json'),
    ]
    const { contained, runs } = JSON.parse(one.out) as { contained: boolean; runs: { seed: number }[] }
    expect([contained, runs.map(({ seed }) => seed), one.code]).toEqual([true, [3, 4], 0])
    expect(other.out).toBe(one.out)
    expect(one.err).toBe('')
  })

  it('shows no progress and no colour where nobody looks on', async () => {
    const { code, out, err } = await watertight('rehearse', DAY, '--unprotected')
    expect(`${out}${err}`).not.toContain('\u001b')
    expect(`${out}${err}`).not.toContain('\r')
    expect(code).toBe(1)
  })

  it('ends at once on Ctrl-C, also while a scenario goes round in circles', async () => {
    const child = start(['rehearse', 'circles.ts'])
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    expect(await ended).toEqual([null, 'SIGINT'])
  })

  it('tells in one line of a scenario in which time does not pass', async () => {
    const { code, err } = await watertight('rehearse', 'stuck.ts')
    expect(err).toMatch(/^watertight: .* time does not pass: something goes round in circles\n$/)
    expect(code).toBe(1)
  })

  it('looks at the machine, and leaves secrets out of what it prints', async () => {
    const child = start(['doctor', '--json'], { DATABASE_URL: 'postgres://shop:hunter2@127.0.0.1:1/shop' })
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { check: string; hint?: string }[] }
    expect([ok, code]).toEqual([false, 1])
    expect(findings.find(({ check }) => check === 'DATABASE_URL')?.hint).toContain('start PostgreSQL')
    expect(out).not.toContain('hunter2')
  })
})

describe('a file of a user, in one line:', () => {
  it.concurrent.each([
    ['that is not there', 'quiet-dya.ts', /there is no file quiet-dya.ts; did you mean quiet-day.ts\?/],
    ['that cannot be parsed', 'broken.ts', /broken.ts cannot be run: syntax error: .*\(broken.ts:2\)/],
    ['that throws', 'throws.ts', /throws.ts cannot be run: no traffic today \(throws.ts:1\)/],
    ['without a scenario', 'quiet-day.ts', /quiet-day.ts exports no scenario; write:/],
    ['that imports what is not installed', 'imports.ts', /Cannot find package 'nothing-of-the-kind'/],
    ['whose types cannot be removed', 'enum.ts', /enum.ts cannot be run: .*enum/i],
    ['that is a folder', '.', /is a folder; name a file in it, such as /],
  ])('one %s', async (_what, name, line) => {
    const { code, out, err } = await watertight('rehearse', name)
    expect(err).toMatch(line)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect([code, out]).toEqual([2, ''])
  })
})
