import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory-store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { sagaEngine } from './engine.ts'
import type { SagaEngine } from './engine.ts'
import type { Mood, Worker } from './rough-world.fixture.ts'
import { brokenPromises, RoughWorld } from './rough-world.fixture.ts'
import { HINTS, UNFINISHED } from './unfinished-index.ts'

const mood = fc.constantFrom<Mood>('ok', 'ok', 'ok', 'no', 'bug', 'fails', 'answerLost', 'hangs', 'hangsAfter')
const ids = ['a', 'b', 'c']

/** Lives through moods and deaths, until every instance has ended or is parked. */
async function live(moods: readonly Mood[], deaths: readonly number[], seed: number) {
  const runtime = new VirtualRuntime({ seed })
  const store = memoryStore({ runtime })
  const world = new RoughWorld(store, moods, deaths)
  let worker: Worker | undefined
  let engine: SagaEngine | undefined
  const statuses = async () => {
    const reader = sagaEngine({ store, runtime, sagas: [] })
    const states = await runtime.run(Promise.all(ids.map((id) => reader.inspect({ saga: 'rough', id }))))
    await runtime.run(reader.close())
    return states.map((state) => state?.status ?? 'absent')
  }
  const isOver = (status: string) => ['completed', 'compensated', 'parked'].includes(status)
  let states = await statuses()
  for (let rounds = 0; rounds < 200 && !states.every(isOver); rounds++) {
    if (worker === undefined || engine === undefined || worker.isDead) {
      worker = world.worker()
      engine = sagaEngine({ store: worker.store, runtime, sagas: worker.sagas })
    }
    const { sagas } = worker
    for (const [i, id] of ids.entries()) if (states[i] === 'absent') void engine.start(sagas[0], id, id)
    await runtime.advance('15s')
    states = await statuses()
  }
  worker?.kill()
  const last = sagaEngine({ store, runtime, sagas: world.worker().sagas })
  await runtime.advance('30s')
  await runtime.run(last.close())
  return { world, states, store }
}

describe('whatever fails and whenever the process dies', () => {
  it('keeps its promises: once, in order, and back in reverse order', async () => {
    const moods = fc.array(mood, { maxLength: 25 })
    const deaths = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(moods, deaths, fc.integer(), async (list, dies, seed) => {
        const { world, states, store } = await live(list, dies, seed)
        expect(ids.flatMap((id, i) => brokenPromises(world, id, states[i] ?? 'absent'))).toEqual([])
        expect(states.filter((status) => status === 'running' || status === 'compensating')).toEqual([])
        expect(await store.scanRows(UNFINISHED)).toEqual([])
        expect(await store.scanRows(HINTS)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('ends well when nothing fails but the process, at any single moment', async () => {
    for (let moment = 0; moment < 60; moment++) {
      const { world, states } = await live([], [moment], moment)
      expect([moment, states]).toEqual([moment, ['completed', 'completed', 'completed']])
      expect(ids.flatMap((id) => brokenPromises(world, id, 'completed'))).toEqual([])
    }
  })
})
