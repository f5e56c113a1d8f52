import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lru } from './lru.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step = fc.oneof(
  fc.record({ do: fc.constant('get' as const), key }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constant('set' as const), key, weight: fc.integer({ min: 0, max: 6 }) }),
)

describe('Lru', () => {
  it('agrees with keeping a list in order of use', () => {
    fc.assert(
      fc.property(
        fc.array(step),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 12 }),
        (steps, max, most) => {
          const gone: string[] = []
          const lru = new Lru<number>(max, most, (left) => gone.push(left))
          let list: { key: string; weight: number }[] = []
          const weight = (): number => list.reduce((sum, one) => sum + one.weight, 0)
          steps.forEach((one, n) => {
            const at = list.find((other) => other.key === one.key)
            if (one.do !== 'get') list = list.filter((other) => other !== at)
            if (one.do === 'get') {
              expect(lru.get(one.key) !== undefined).toBe(at !== undefined)
              if (at !== undefined) list = [...list.filter((other) => other !== at), at]
            } else if (one.do === 'delete') lru.delete(one.key)
            else {
              lru.set(one.key, n, one.weight)
              if (one.weight <= most) list.push(one)
              while (list.length > max || weight() > most) list.shift()
            }
            lru.check()
            expect([...lru.oldestFirst()].map(([name]) => name)).toEqual(list.map((other) => other.key))
            expect(lru.weight).toBe(weight())
          })
          expect(gone.length).toBeLessThanOrEqual(steps.length)
        },
      ),
    )
  })
})
