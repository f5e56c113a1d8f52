import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { choosePorts } from './supervisor/ports.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function shop(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=watertight-source', MAIN, ...args],
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

describe('the commands of the shop', () => {
  it.concurrent.each([
    [
      ['frobnicate'],
      /unknown command "frobnicate"; known: incident, up, kill-test, hunt, import, rebuild, rehearse, audit, timeline/,
    ],
    [['incident', '--spikes', '3'], /unknown option --spikes; known: /],
    [['incident', '--seconds', 'long'], /--seconds must be a whole number from 3 to 3600, not "long"/],
    [['incident', '--orders', '/does/not/exist'], /--orders \/does\/not\/exist: there is no such file/],
    [['incident', '--compare', '--unprotected'], /--compare runs both days/],
    [['hunt', 'snark'], /unknown hunt "snark"; known: checkout, events, read-models, saga, policies/],
    [['hunt', 'saga', '--only', 'nonsense'], /only must be a list of keys such as/],
    [['timeline', '/tmp'], /the ORDER_ID is missing/],
  ])('refuse %j in one line, with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await shop(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('refuse a port in use, a damaged database and a folder that cannot be written in one line, with exit code 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'))
    const base = Math.min(...Object.values(await choosePorts()))
    const taken = createServer().listen(base, '127.0.0.1')
    await writeFile(join(folder, 'users.db'), 'rubbish')
    const [port, database, unwritable] = await Promise.all([
      shop('incident', '--port', String(base)),
      shop('up', '--data', folder),
      shop('up', '--data', join(folder, 'users.db')),
    ])
    taken.close()
    await rm(folder, { recursive: true })
    expect([port.code, database.code, unwritable.code]).toEqual([1, 1, 1])
    expect(port.stderr).toMatch(new RegExp(`^port ${base} is in use[^\n]*\n$`))
    expect(database.stderr).toMatch(/^[^\n]*users\.db is damaged[^\n]*\n$/)
    expect(unwritable.stderr).toMatch(/^[^\n]*cannot be written[^\n]*\n$/)
  })

  it.concurrent.each(['incident', 'up', 'kill-test', 'audit', 'timeline'])(
    'explain %s with --help',
    async (command) => {
      const { code, stdout, stderr } = await shop(command, '--help')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^npm /)
    },
  )
})
