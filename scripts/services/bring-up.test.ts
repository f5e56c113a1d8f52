import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bringDown, bringUp, find } from './bring-up.ts'
import type { Service } from './service.ts'

/** A service that is only said to run. */
class Imagined {
  readonly log: string[] = []
  readonly running = new Set<string>()
  readonly service: Service = {
    name: 'imagined',
    variable: 'IMAGINED_URL',
    ways: [
      { name: 'never', hindrance: async () => 'not here', start: async () => this.#no(), stop: async () => undefined },
      { name: 'broken', hindrance: async () => undefined, start: async () => this.#no(), stop: async () => undefined },
      {
        name: 'works',
        hindrance: async () => undefined,
        start: async (folder) => {
          this.log.push(`start in ${existsSync(folder) ? 'a folder' : 'nothing'}`)
          const url = `imagined://${this.log.length}`
          this.running.add(url)
          return { url, way: 'works' }
        },
        stop: async ({ url }) => {
          this.log.push('stop')
          this.running.delete(url)
        },
      },
    ],
    answers: async (url) => this.running.has(url),
  }

  #no(): never {
    throw new Error('does not start')
  }
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'services-test-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('a service', () => {
  it('is brought up by the first way that can be gone, and found by others', async () => {
    const { service, log } = new Imagined()
    expect(await find(service)).toBeUndefined()
    expect(await bringUp(service)).toEqual({ url: 'imagined://1', way: 'works' })
    expect(await find(service)).toEqual({ url: 'imagined://1', way: 'works' })
    expect(log).toEqual(['start in a folder'])
  })

  it('is brought up once, however often and at the same time it is asked for', async () => {
    const { service, log } = new Imagined()
    const urls = await Promise.all([1, 2, 3].map(async () => (await bringUp(service)).url))
    expect(new Set(urls).size).toBe(1)
    expect(log).toHaveLength(1)
  })

  it('is brought up again when it has died', async () => {
    const { service, running, log } = new Imagined()
    await bringUp(service)
    running.clear()
    expect(await find(service)).toBeUndefined()
    expect((await bringUp(service)).url).not.toBe('imagined://1')
    expect(log).toEqual(['start in a folder', 'stop', 'start in a folder'])
  })

  it('leaves nothing behind when it is stopped', async () => {
    const { service, running } = new Imagined()
    await bringUp(service)
    await bringDown(service)
    await bringDown(service)
    expect(running.size).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken from the environment first, and then is not ours to stop', async () => {
    const { service, running, log } = new Imagined()
    running.add('imagined://given')
    vi.stubEnv('IMAGINED_URL', 'imagined://given')
    expect(await bringUp(service)).toEqual({ url: 'imagined://given', way: 'given' })
    await bringDown(service)
    expect(log).toEqual([])
    expect(running.has('imagined://given')).toBe(true)
  })

  it('says of each way why it could not be gone', async () => {
    const { service } = new Imagined()
    const hopeless = { ...service, ways: service.ways.slice(0, 2) }
    await expect(bringUp(hopeless)).rejects.toThrow(/IMAGINED_URL:\n {2}never: not here\n {2}broken: does not start/)
    expect(readdirSync(folder)).toEqual([])
  })
})
