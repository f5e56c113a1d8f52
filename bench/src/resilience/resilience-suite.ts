import { bytesPerCall, nanoseconds, type Subject } from '../measure.ts'
import type { Figure, Suite } from '../suite.ts'
import { otherPipelines, ourPipelines } from './our-pipelines.ts'
import { peerCalls } from './peer-subjects.ts'

const CALLS = 500
const IN_FLIGHT = 10_000
const NS_PER_US = 1_000

const nothing = (): void => {}
const work = async (): Promise<number> => 1
const down = new Error('down')
const failing = async (): Promise<number> => {
  throw down
}

/** The same call, for a loop that goes on when it rejects. */
const caught = (call: () => Promise<unknown>) => async (): Promise<void> => {
  try {
    await call()
  } catch {
    // What is measured.
  }
}

/** One call after the other. */
function sequential(name: string, call: () => Promise<unknown>, calls: number = CALLS): Subject {
  return {
    name,
    calls,
    loop: async () => {
      for (let i = 0; i < calls; i++) await call()
    },
  }
}

/** All calls at once, answered together. */
function concurrent(name: string, start: (work: () => Promise<number>) => Promise<unknown>): Subject {
  return {
    name,
    calls: IN_FLIGHT,
    loop: async () => {
      const { promise, resolve } = Promise.withResolvers<number>()
      const pending = () => promise
      const calls = Array.from({ length: IN_FLIGHT }, () => start(pending))
      resolve(1)
      for (const call of calls) await call
    },
  }
}

/** What a call costs above `await fn()` in the same loop; the yardstick is one `setTimeout` + `clearTimeout` pair. */
export const resilienceSuite: Suite = {
  name: 'resilience',
  async run(progress) {
    let heard = 0
    const ours = ourPipelines(() => {
      heard++
    })
    const { signal } = new AbortController()
    const withSignal = { signal }
    await ours.open.outcome(() => Promise.reject(new Error('open it')))
    const thrown = caught(() => ours.open.run(work))
    const timerPair: Subject = {
      name: 'timer pair',
      calls: CALLS,
      loop: () => {
        for (let i = 0; i < CALLS; i++) clearTimeout(setTimeout(nothing, 2_000))
      },
    }
    const alone = await nanoseconds(
      [
        timerPair,
        sequential('bare', work),
        sequential('five', () => ours.five.run(work)),
        sequential('five with signal', () => ours.five.run(work, withSignal)),
        sequential('breaker', () => ours.breaker.run(work)),
        sequential('timeout', () => ours.timeout.run(work)),
        sequential('open, outcome', () => ours.open.outcome(work)),
        sequential('open, thrown', thrown),
        concurrent('in flight', (pending) => ours.five.run(pending)),
      ],
      progress,
    )
    progress('allocation')
    const bytes = (await bytesPerCall(() => ours.five.run(work))) - (await bytesPerCall(work))

    const four = [ours.five, ...otherPipelines(() => heard++)]
    let turn = 0
    const peers = await peerCalls(work, failing, () => heard++)
    const together = await nanoseconds(
      [
        timerPair,
        sequential('bare', work),
        sequential('four', () => (four[turn++ & 3] ?? ours.five).run(work)),
        sequential('bulkhead', () => ours.bulkhead.run(work)),
        sequential('breaker and timeout', () => ours.breakerAndTimeout.run(work)),
        sequential('cockatiel, five', peers.cockatielFive),
        sequential('cockatiel, breaker', peers.cockatielBreaker),
        sequential('cockatiel, timeout', peers.cockatielTimeout),
        sequential('opossum, breaker and timeout', peers.opossumBreakerAndTimeout),
        sequential('p-limit', peers.pLimit),
        sequential('bare, failing', caught(failing)),
        sequential(
          'failing',
          caught(() => ours.failing.run(failing)),
        ),
        sequential('failing, outcome', () => ours.failing.outcome(failing)),
        sequential('cockatiel, failing', caught(peers.cockatielFailing)),
        sequential('opossum, failing', caught(peers.opossumFailing)),
        sequential('open', thrown),
        sequential('cockatiel, open', caught(peers.cockatielOpen)),
        sequential('opossum, open', caught(peers.opossumOpen)),
      ],
      progress,
    )
    if (heard === 0) throw new Error('nobody heard of the calls: the figures would not be those of production')
    return figures(alone, together, bytes)
  },
}

function figures(
  alone: ReadonlyMap<string, number>,
  together: ReadonlyMap<string, number>,
  bytes: number,
): readonly Figure[] {
  const of = (times: ReadonlyMap<string, number>, name: string): number => times.get(name) ?? Number.NaN
  const above = (times: ReadonlyMap<string, number>, name: string): number => of(times, name) - of(times, 'bare')
  const aboveFailing = (name: string): number => of(together, name) - of(together, 'bare, failing')
  const inTimers = (name: string): number => above(alone, name) / of(alone, 'timer pair')
  const ratio = (name: string, value: number, goal?: Figure['goal']): Figure => ({
    name,
    value,
    unit: 'ratio',
    ...(goal && { goal }),
  })
  const ns = (name: string, value: number): Figure => ({ name, value, unit: 'ns' })
  return [
    ratio('pipeline5_above_bare_in_timers', inTimers('five'), { atMost: 1 }),
    ratio('pipeline5_signal_above_bare_in_timers', inTimers('five with signal'), { atMost: 2 }),
    ratio('pipeline5_vs_cockatiel', above(together, 'cockatiel, five') / above(alone, 'five'), { atLeast: 20 }),
    ratio('breaker_above_bare_in_timers', inTimers('breaker'), { atMost: 0.65 }),
    ratio('timeout_above_bare_in_timers', inTimers('timeout'), { atMost: 0.65 }),
    {
      name: 'open_refusal_outcome_us',
      value: of(alone, 'open, outcome') / NS_PER_US,
      unit: 'us',
      goal: { atMost: 0.15 },
    },
    { name: 'open_refusal_thrown_us', value: of(alone, 'open, thrown') / NS_PER_US, unit: 'us', goal: { atMost: 2 } },
    { name: 'pipeline5_alloc_bytes_above_bare', value: bytes, unit: 'bytes', goal: { atMost: 1_200 } },
    ratio('inflight10k_vs_1', of(alone, 'in flight') / of(alone, 'five'), { atMost: 2 }),
    ratio('four_pipelines_vs_one', of(together, 'four') / of(alone, 'five'), { atMost: 2 }),
    ratio('breaker_vs_cockatiel', above(together, 'cockatiel, breaker') / above(alone, 'breaker')),
    ratio('timeout_vs_cockatiel', above(together, 'cockatiel, timeout') / above(alone, 'timeout')),
    ratio(
      'breaker_timeout_vs_opossum',
      above(together, 'opossum, breaker and timeout') / above(together, 'breaker and timeout'),
    ),
    ratio('bulkhead_vs_p_limit', above(together, 'p-limit') / above(together, 'bulkhead')),
    ratio('failing_vs_cockatiel', aboveFailing('cockatiel, failing') / aboveFailing('failing')),
    ratio('failing_vs_opossum', aboveFailing('opossum, failing') / aboveFailing('failing')),
    ratio('open_thrown_vs_cockatiel', of(together, 'cockatiel, open') / of(together, 'open')),
    ratio('open_thrown_vs_opossum', of(together, 'opossum, open') / of(together, 'open')),
    ns('timer_pair', of(alone, 'timer pair')),
    ns('bare', of(alone, 'bare')),
    ns('pipeline5', of(alone, 'five')),
    ns('pipeline5_signal', of(alone, 'five with signal')),
    ns('breaker', of(alone, 'breaker')),
    ns('timeout', of(alone, 'timeout')),
    ns('bulkhead', of(together, 'bulkhead')),
    ns('cockatiel5', of(together, 'cockatiel, five')),
    ns('cockatiel_breaker', of(together, 'cockatiel, breaker')),
    ns('cockatiel_timeout', of(together, 'cockatiel, timeout')),
    ns('opossum_breaker_timeout', of(together, 'opossum, breaker and timeout')),
    ns('p_limit', of(together, 'p-limit')),
    ns('failing', of(together, 'failing')),
    ns('failing_outcome', of(together, 'failing, outcome')),
    ns('cockatiel_failing', of(together, 'cockatiel, failing')),
    ns('opossum_failing', of(together, 'opossum, failing')),
    ns('cockatiel_open', of(together, 'cockatiel, open')),
    ns('opossum_open', of(together, 'opossum, open')),
  ]
}
