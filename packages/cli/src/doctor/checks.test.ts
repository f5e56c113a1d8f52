import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { timers, wallClock } from './check-clock.ts'
import { openFiles, version } from './check-node.ts'
import { fits } from './check-packages.ts'
import { checkScenarios } from './check-scenarios.ts'
import { addressesOf, checkServices } from './check-services.ts'
import { examine } from './doctor-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
const surroundings = { folder, environment: {}, limitMs: 500 }

describe('doctor', () => {
  it('has a hint for each thing that is in the way', async () => {
    const environment = { REDIS_URL: 'redis://127.0.0.1:1', KAFKA_BROKERS: '?' }
    const findings = await examine({ ...surroundings, environment })
    const bad = findings.filter(({ status }) => status === 'failed' || status === 'warning')
    expect(bad.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['packages', 'scenarios', 'REDIS_URL', 'KAFKA_BROKERS']),
    )
    for (const { hint } of bad) expect(hint).toMatch(/\w/)
  })

  it('refuses a Node that is too old', () => {
    expect([version('20.11.0').status, version('24.0.0').status, version('31.1.0').status]).toEqual([
      'failed',
      'ok',
      'ok',
    ])
  })

  it('refuses a limit of open files that a server would hit', () => {
    expect([
      openFiles(256).status,
      openFiles(1_024).status,
      openFiles(Infinity).status,
      openFiles(undefined).status,
    ]).toEqual(['failed', 'ok', 'ok', 'skipped'])
  })

  it('refuses a clock that was never set, and warns of late timers', () => {
    expect([wallClock(new Date(0)).status, wallClock(new Date('2026-02-14')).status]).toEqual(['failed', 'ok'])
    expect([timers(0.001, 0.2).status, timers(0.001, 80).status, timers(16, 0).status]).toEqual([
      'ok',
      'warning',
      'warning',
    ])
  })

  it('refuses packages that were made for another core, and says what to install', () => {
    const core = { name: 'watertight', version: '0.2.0' }
    const redis = { name: '@watertight/redis', version: '0.1.0', peerDependencies: { watertight: '0.1.0' } }
    expect(fits([core, redis])[1]).toMatchObject({
      status: 'failed',
      hint: 'npm install @watertight/redis@0.2.0 watertight@0.2.0',
    })
    expect(fits([{ ...core, version: '0.1.0' }, redis]).map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(fits([redis])[0]?.status).toBe('failed')
  })

  it('finds the scenarios of a project', async () => {
    const path = mkdtempSync(join(tmpdir(), 'doctor-'))
    writeFileSync(join(path, 'day.ts'), "import { poisson, scenario } from 'watertight/simulation'\n")
    expect(await checkScenarios({ ...surroundings, folder: path })).toMatchObject([{ status: 'ok', found: 'day.ts' }])
  })

  it('reaches the services that the environment names, and no others', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const environment = { DATABASE_URL: `postgres://shop:hunter2@127.0.0.1:${port}/shop` }
    const findings = await checkServices({ ...surroundings, environment })
    server.close()
    expect(findings).toMatchObject([
      { check: 'DATABASE_URL', status: 'ok', found: `127.0.0.1:${port} takes connections` },
      { check: 'REDIS_URL', status: 'skipped' },
      { check: 'KAFKA_BROKERS', status: 'skipped' },
    ])
  })

  it('reads addresses as their clients do', () => {
    expect(addressesOf('k1:9092, k2', 9_092)).toEqual([
      { host: 'k1', port: 9_092 },
      { host: 'k2', port: 9_092 },
    ])
    expect(addressesOf('redis://[::1]:7000', 6_379)).toEqual([{ host: '::1', port: 7_000 }])
    expect(addressesOf('?', 1)).toBeUndefined()
  })
})
