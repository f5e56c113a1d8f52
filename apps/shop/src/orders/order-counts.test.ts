import fc from 'fast-check'
import { systemRuntime as runtime } from 'watertight'
import { readRow, runProjection, send } from 'watertight/event-store'
import { memoryStore } from 'watertight/store'
import { expect, it } from 'vitest'
import { order } from './orders.fixture.ts'
import { orderDecider } from './order.ts'
import { ALL_ORDERS, NO_ORDERS, orderCounts } from './order-counts.ts'

const { place, pay, complete, cancel, park } = orderDecider.commands
const steps = fc.array(
  fc.constantFrom(pay({ totalMinor: 1 }), complete({}), cancel({ reason: 'WITHDRAWN' }), park({ reason: 'odd' })),
  { maxLength: 4 },
)

it('counts each order where it stands, whatever its life was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 5 }), async (lives) => {
      const store = memoryStore({ runtime })
      const expected: Record<string, number> = { ...NO_ORDERS }
      for (const [i, life] of lives.entries()) {
        const id = `order-${i}`
        let state = orderDecider.initial
        for (const command of [place({ order: order(id), totalMinor: 1 }), ...life]) {
          const sent = await send(store, orderDecider, id, command, { runtime })
          if (sent.ok) state = sent.events.reduce((before, event) => orderDecider.evolve(before, event), state)
        }
        expected[state.status] = (expected[state.status] ?? 0) + 1
      }
      const running = runProjection(orderCounts, { store, runtime, categories: ['order'] })
      const counts = async () => (await readRow(orderCounts, store, ALL_ORDERS)) ?? NO_ORDERS
      await expect.poll(async () => (await running.lag()) === 0 && (await counts()), { interval: 1 }).toEqual(expected)
      await running.close()
      await store.close()
    }),
    { numRuns: 20 },
  )
})
