import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Role } from '../process/roles.ts'
import { killAllChildren } from './child.ts'
import { choosePorts } from './ports.ts'
import { Supervisor, type SupervisorOptions } from './supervisor.ts'

const FIXTURE = fileURLToPath(new URL('child.fixture.ts', import.meta.url))
const FAILS_TO_START = 1
const IGNORES_STOP = 2
const PATIENCE = { timeout: 8_000, interval: 20 }

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

describe('Supervisor', () => {
  let folder: string
  let ports: SupervisorOptions['ports']
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supervisor-'))
    ports = await choosePorts()
  })
  afterEach(async () => {
    killAllChildren()
    await rm(folder, { recursive: true })
  })

  const shopOf = (options: Partial<SupervisorOptions> = {}): Supervisor =>
    new Supervisor({
      ports,
      dataFolder: folder,
      protection: 'protected',
      seed: 0,
      module: FIXTURE,
      roles: ['mail', 'users'],
      ...options,
    })

  /** Every process that ever became ready, by its own account. */
  const pids = async (): Promise<readonly number[]> => {
    const lines = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n')
    return lines.map((line) => Number(line.split(' ')[1]))
  }

  it('starts every role on its port, and stops them all', async () => {
    const shop = shopOf()
    await shop.start()
    expect(await Promise.all([listens(ports.mail), listens(ports.users)])).toEqual([true, true])
    await shop.stop(100)
    expect((await pids()).filter(isAlive)).toEqual([])
    expect(await listens(ports.mail)).toBe(false)
  })

  it('passes questions on and gives the answer of the right process', async () => {
    const shop = shopOf()
    await shop.start()
    expect(await Promise.all([shop.snapshot('users'), shop.snapshot('mail')])).toEqual([
      { inFlight: ports.users },
      { inFlight: ports.mail },
    ])
    await shop.killAll()
    expect(await shop.snapshot('users')).toBeUndefined()
  })

  it('kills a process at once and starts it again on the same port', async () => {
    const exits: Role[] = []
    const shop = shopOf({ restart: true, onUnexpectedExit: (role) => exits.push(role) })
    await shop.start()
    const before = shop.pid('users') ?? 0
    await shop.kill('users')
    expect([isAlive(before), await listens(ports.users)]).toEqual([false, false])
    await shop.restart('users')
    expect(await listens(ports.users)).toBe(true)
    expect(shop.pid('users')).not.toBe(before)
    expect(exits).toEqual([])
    await shop.killAll()
  })

  it('starts a process again that ended by itself, and reports it', async () => {
    const exits: unknown[] = []
    const shop = shopOf({ restart: true, onUnexpectedExit: (...exit) => exits.push(exit) })
    await shop.start()
    const before = shop.pid('users')
    shop.faults('users', { slowMs: 1 })
    await expect.poll(() => shop.snapshot('users'), PATIENCE).toEqual({ inFlight: ports.users })
    await expect.poll(() => shop.pid('users'), PATIENCE).not.toBe(before)
    await expect.poll(() => shop.snapshot('users'), PATIENCE).toEqual({ inFlight: ports.users })
    expect(exits).toEqual([['users', { code: 9, signal: null }]])
    await shop.killAll()
  })

  it('does not start a process again while it stops', async () => {
    const shop = shopOf({ restart: true })
    await shop.start()
    shop.faults('users', { slowMs: 1 })
    await shop.stop(100)
    const known = await pids()
    expect(known).toHaveLength(2)
    expect(known.filter(isAlive)).toEqual([])
  })

  it('tells why a process cannot start, with the end of its log, and leaves no other running', async () => {
    const failure = shopOf({ seed: FAILS_TO_START }).start()
    await expect(failure).rejects.toMatchObject({
      message: 'mail could not start: no letter box',
      details: expect.stringContaining('the letter box is full'),
      exitCode: 1,
    })
    expect(await listens(ports.users)).toBe(false)
  })

  it('kills what does not stop when it is told to', async () => {
    const shop = shopOf({ seed: IGNORES_STOP, graceMs: 50 })
    await shop.start()
    await shop.stop(50)
    expect((await pids()).filter(isAlive)).toEqual([])
  })
})
