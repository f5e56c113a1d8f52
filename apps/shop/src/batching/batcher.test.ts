import { isWatertightError } from 'watertight'
import { describe, expect, it } from 'vitest'
import { Batcher } from './batcher.ts'

const doubled = (requests: readonly number[]): Promise<readonly number[]> => Promise.resolve(requests.map((n) => n * 2))

describe('Batcher', () => {
  it('answers each request with its own answer', async () => {
    const batcher = new Batcher({ name: 'test', handle: doubled })
    await expect(Promise.all([1, 2, 3].map((n) => batcher.run(n)))).resolves.toEqual([2, 4, 6])
  })

  it('handles one batch at a time, made of what arrived meanwhile', async () => {
    const sizes: number[] = []
    let active = 0
    const batcher = new Batcher<number, number>({
      name: 'test',
      size: 4,
      handle: async (requests) => {
        active++
        expect(active).toBe(1)
        sizes.push(requests.length)
        await Promise.resolve()
        active--
        return requests
      },
    })
    await Promise.all(Array.from({ length: 10 }, (_, n) => batcher.run(n)))
    expect(sizes).toEqual([1, 4, 4, 1])
  })

  it('fails the requests of a failed batch, and goes on with the next', async () => {
    const batcher = new Batcher<number, number>({
      name: 'test',
      handle: (requests) => (requests.includes(13) ? Promise.reject(new Error('unlucky')) : doubled(requests)),
    })
    await expect(batcher.run(13)).rejects.toThrow('unlucky')
    await expect(batcher.run(14)).resolves.toBe(28)
  })

  it('refuses what exceeds its bound, before doing anything', async () => {
    const batcher = new Batcher({ name: 'test', handle: doubled, waiting: 2 })
    const accepted = [1, 2, 3].map((n) => batcher.run(n))
    const refused = await batcher.run(4).catch((error: unknown) => error)
    expect(isWatertightError(refused, 'BUSY')).toBe(true)
    await expect(Promise.all(accepted)).resolves.toEqual([2, 4, 6])
  })
})
