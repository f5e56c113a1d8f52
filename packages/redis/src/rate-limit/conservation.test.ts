import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bulkhead, pipeline, type Policy, retry, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { FakeClient } from '../link/fake-client.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { sharedRateLimit } from './shared-rate-limit.ts'

/** How Redis behaves towards one question. */
const answer = fc.record({
  way: fc.constantFrom('admits' as const, 'reserves' as const, 'refuses' as const, 'fails' as const, 'hangs' as const),
  ms: fc.integer({ min: 0, max: 80 }),
})

const call = fc.record({
  at: fc.integer({ min: 0, max: 2_000 }),
  ms: fc.integer({ min: 0, max: 200 }),
  abortAfter: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  deadlineAfter: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
})

describe('a shared rate limit among other policies, whatever Redis and the callers do', () => {
  it('answers every call, gives everything back, and leaves no timer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 20 }),
        fc.array(call, { minLength: 1, maxLength: 25 }),
        fc.boolean(),
        async (answers, calls, limitOutside) => {
          const runtime = new VirtualRuntime()
          const client = new FakeClient()
          let asked = 0
          client.answer = async () => {
            const { way, ms } = answers[asked++ % answers.length] ?? { way: 'hangs', ms: 0 }
            await new Promise<void>((resolve) => runtime.timer(ms, resolve, false))
            if (way === 'fails') throw new Error('lost')
            if (way === 'hangs') return await new Promise(() => undefined)
            return way === 'refuses' ? [0, 5_000] : [1, way === 'reserves' ? ms * 1_000 : 0]
          }
          const limit = sharedRateLimit(redisLink(client, { retryEvery: '100ms' }), {
            limit: 50,
            maxWait: '100ms',
            processes: 2,
          })
          const others: readonly Policy[] = [
            retry({ attempts: 2 }),
            bulkhead({ concurrent: 2, queue: 5 }),
            timeout('150ms'),
          ]
          const chain = limitOutside ? [limit, ...others] : [...others, limit]
          const live = pipeline('p', ...chain).on(runtime)
          let answered = 0
          for (const { at, ms, abortAfter, deadlineAfter } of calls) {
            runtime.timer(
              at,
              () => {
                const controller = new AbortController()
                if (abortAfter !== undefined) runtime.timer(abortAfter, () => controller.abort(), false)
                const deadline = deadlineAfter === undefined ? undefined : runtime.now() + deadlineAfter
                const work = async (): Promise<void> =>
                  await new Promise((resolve) => runtime.timer(ms, resolve, false))
                void live.outcome(work, { signal: controller.signal, deadline }).then(() => answered++)
              },
              false,
            )
          }
          for (let step = 0; step < 10; step++) {
            await runtime.advance(300)
            live.check()
          }
          await runtime.advance('1m')
          expect(answered).toBe(calls.length)
          expect(live.state()).toMatchObject({
            inFlight: 0,
            abandoned: 0,
            queued: 0,
            policies: { rateLimiter: { waiting: 0 } },
          })
          expect(runtime.heldTimers).toBe(0)
          expect(runtime.reported).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})
