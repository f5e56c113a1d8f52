import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ROLES } from '../process/roles.ts'
import { choosePorts } from './ports.ts'

describe('the ports of a shop', () => {
  let taken: Server | undefined
  afterEach(() => taken?.close())

  it('are free ones, one per process, below those of outgoing connections', async () => {
    const ports = Object.values(await choosePorts())
    expect(new Set(ports).size).toBe(ROLES.length)
    expect(Math.max(...ports)).toBeLessThan(32_768)
  })

  it('follow a base that is given', async () => {
    const base = Math.min(...Object.values(await choosePorts()))
    const ports = await choosePorts(base)
    expect(Object.values(ports)).toEqual(ROLES.map((_, index) => base + index))
  })

  it('are refused in one line when one of them is in use', async () => {
    const base = Math.min(...Object.values(await choosePorts()))
    taken = createServer()
    await new Promise<void>((resolve) => taken?.listen(base + 4, '127.0.0.1', resolve))
    const failure = choosePorts(base)
    await expect(failure).rejects.toThrow(new RegExp(`^port ${base + 4} is in use[^\n]*$`))
    await expect(failure).rejects.toMatchObject({ exitCode: 1 })
  })
})
