import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adaptiveConcurrencySettings, type AdaptiveConcurrencyOptions } from './adaptive-concurrency-options.ts'
import type { LimitLaw } from './limit-law.ts'
import { run } from './server-model.fixture.ts'

/** The law of these options. */
function law(options: AdaptiveConcurrencyOptions): LimitLaw {
  return adaptiveConcurrencySettings(options).begin(undefined, () => 0.5)
}

/** Shows a law `count` samples, one millisecond apart, each with all permits in use unless told otherwise. */
function show(
  one: LimitLaw,
  count: number,
  sample: { durationMs?: number; dropped?: boolean; inFlight?: number },
): void {
  for (let i = 0; i < count; i++) {
    const now = clock++
    const { durationMs = 10, dropped = false, inFlight = Math.ceil(one.limit) } = sample
    one.learn({ durationMs, inFlight, dropped, startedAt: now - durationMs, now })
  }
}
let clock = 1_000_000

/** Ten windows of one sample each: laws that look at windows move once for each. */
const STEP = { window: 0.5, minSamples: 1 } as const

const laws: readonly AdaptiveConcurrencyOptions[] = [
  { algorithm: 'aimd' },
  { algorithm: 'vegas', ...STEP },
  { algorithm: 'gradient2', ...STEP },
  { algorithm: 'gradient', ...STEP, probeCalls: 1 },
]

describe('every law', () => {
  it.each(laws)('grows only while at least half of the limit is used: $algorithm', (options) => {
    const one = law({ ...options, initial: 100 })
    show(one, 1_000, { inFlight: 10 })
    expect(one.limit).toBeLessThanOrEqual(100)
    show(one, 200, { inFlight: 60 })
    expect(one.limit).toBeGreaterThan(100)
  })

  it.each(laws)('shrinks when the dependency pushes back: $algorithm', (options) => {
    const one = law({ ...options, initial: 100 })
    show(one, 20, { inFlight: 10 })
    const before = one.limit
    show(one, 20, { dropped: true })
    expect(one.limit).toBeLessThan(before)
  })

  it.each(laws)('stays within its bounds, whatever it is shown: $algorithm', (options) => {
    const sample = fc.record({
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      dropped: fc.boolean(),
      inFlight: fc.integer({ min: 1, max: 1_000 }),
    })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        const one = law({ ...options, min: 3, max: 50 })
        for (const each of samples) {
          show(one, 1, each)
          expect(one.limit >= 3 && one.limit <= 50).toBe(true)
        }
      }),
    )
  })
})

describe('AIMD', () => {
  it('adds one in a round of answers, and multiplies at a drop', () => {
    const one = law({ algorithm: 'aimd', initial: 10 })
    show(one, 10, {})
    expect(one.limit).toBeCloseTo(10.96, 2)
    show(one, 1, { dropped: true })
    expect(one.limit).toBeCloseTo(10.96 * 0.9, 2)
  })

  it('is cut once by one moment of overload, not by each of the calls that were under way', () => {
    const one = law({ algorithm: 'aimd', initial: 100 })
    show(one, 1, { dropped: true })
    for (let i = 0; i < 50; i++) show(one, 1, { dropped: true, durationMs: i + 10 })
    expect(one.limit).toBeCloseTo(90, 5)
    show(one, 1, { dropped: true })
    expect(one.limit).toBeCloseTo(81, 5)
  })

  it('peaks at sqrt(2n / (1 - decrease^2)) with one drop in every n answers', () => {
    const one = law({ algorithm: 'aimd' })
    for (let i = 0; i < 100; i++) {
      show(one, 1_000, {})
      show(one, 1, { dropped: true, durationMs: 0 })
    }
    show(one, 1_000, {})
    expect(one.limit).toBeCloseTo(Math.sqrt(2_000 / (1 - 0.81)), 0)
  })

  it('takes slow answers for push-back, when told what is slow', () => {
    const one = law({ algorithm: 'aimd', initial: 10, slow: '100ms' })
    show(one, 1, { durationMs: 100 })
    expect(one.limit).toBe(9)
  })

  it('finds the capacity of a server that pushes back, and follows it', () => {
    const model = { serviceMs: 10, random: true, rate: 8_000, forMs: 20_000, workers: () => 20, capacity: 30 }
    const { limit, busy } = run(law({ algorithm: 'aimd' }), model)
    expect(limit).toBeGreaterThan(24)
    expect(limit).toBeLessThan(33)
    expect(busy).toBeGreaterThan(0.95)
  })
})

describe('Vegas', () => {
  it('keeps what waits inside a server between alpha and beta times log10 of the limit', () => {
    const { limit } = run(law({ algorithm: 'vegas' }), {
      serviceMs: 10,
      random: false,
      rate: 8_000,
      forMs: 20_000,
      workers: () => 20,
    })
    const queue = limit - 20
    expect(queue).toBeGreaterThan(3 * Math.log10(limit) - 1)
    expect(queue).toBeLessThan(6 * Math.log10(limit) + 1)
  })

  it('drifts up each time it forgets the baseline, under load that never ends: the queue of its own making is the new one', () => {
    const model = { serviceMs: 10, random: false, rate: 20_000, forMs: 16_000, workers: () => 20 }
    const { limits } = run(law({ algorithm: 'vegas', baseline: '8s' }), model)
    expect(limits[3]).toBeLessThan(30)
    expect(limits.at(-1)).toBeGreaterThan((limits[3] ?? 0) + 4)
  })

  it('shrinks by log10 of the limit for a window with push-back', () => {
    const one = law({ algorithm: 'vegas', ...STEP, initial: 100 })
    show(one, 2, { dropped: true })
    expect(one.limit).toBe(100 - Math.log10(100))
    show(one, 2, { dropped: true })
    expect(one.limit).toBeCloseTo(98 - Math.log10(98), 5)
  })
})

describe('Gradient2', () => {
  it('grows by queueSize x smoothing in each window in which nothing is slower than usual', () => {
    const one = law({ algorithm: 'gradient2', ...STEP, initial: 100 })
    show(one, 101, {})
    const before = one.limit
    show(one, 100, {})
    expect(one.limit - before).toBeCloseTo((100 / 2) * 0.8, 5)
  })

  it('halves what it would be, at most, however slow answers become at once', () => {
    const one = law({ algorithm: 'gradient2', window: 1, minSamples: 1, smoothing: 1, initial: 100 })
    for (let i = 0; i < 100; i++) {
      const now = (clock += 10)
      one.learn({ durationMs: 10, inFlight: 1, dropped: false, startedAt: now, now })
    }
    expect(one.limit).toBe(100)
    const now = (clock += 10)
    one.learn({ durationMs: 1_000, inFlight: 100, dropped: false, startedAt: now, now })
    one.learn({ durationMs: 1_000, inFlight: 100, dropped: false, startedAt: now, now: now + 10 })
    expect(one.limit).toBeCloseTo(54, 5)
  })

  it('notices sudden slowness, and lets the limit drift up when slowness lasts: the long average learns it', () => {
    const model = { serviceMs: 10, random: false, rate: 20_000, forMs: 16_000, workers: () => 20 }
    const { limits } = run(law({ algorithm: 'gradient2', longWindow: 60 }), model)
    expect(limits.at(-1)).toBeGreaterThan(100)
  })

  it('shrinks at once when a server becomes five times slower', () => {
    const model = { serviceMs: 10, random: true, rate: 8_000, forMs: 12_000 }
    const { limits } = run(law({ algorithm: 'gradient2', max: 100 }), {
      ...model,
      workers: (now) => (now < 10_000 ? 50 : 10),
    })
    expect(limits[11]).toBeLessThan((limits[9] ?? 0) * 0.7)
  })
})

describe('the gradient law', () => {
  const model = { serviceMs: 10, random: false, rate: 8_000, forMs: 20_000, workers: () => 20 }

  it('measures its baseline with few calls under way, and only from calls that began then', () => {
    const one = law({ algorithm: 'gradient', probeCalls: 5, probeEvery: '10s', probeJitter: 0 })
    expect(one.limit).toBe(3)
    show(one, 5, { durationMs: 10 })
    expect(one.limit).toBe(20)
    const { baselineMs } = one.state() as { baselineMs: number }
    expect(baselineMs / 10).toBeCloseTo(1, 1)
    clock += 10_000
    one.tick?.(clock)
    expect(one.limit).toBe(3)
    show(one, 4, { durationMs: 500 })
    expect(one.state()).toMatchObject({ baselineMs, probing: true })
  })

  it('settles at c(1 + buffer) + sqrt(c(1 + buffer)) where c calls are done at once', () => {
    const { limit, busy } = run(law({ algorithm: 'gradient' }), model)
    // 25 + 5, but for the 2.5% by which each of the two durations may be misjudged.
    expect(limit).toBeGreaterThan(28)
    expect(limit).toBeLessThan(33)
    expect(busy).toBeGreaterThan(0.98)
  })

  it('does not drift under load that never ends', () => {
    const { limits } = run(law({ algorithm: 'gradient', probeEvery: '3s' }), model)
    const settled = limits.slice(5).filter((limit) => limit > 3)
    expect(Math.max(...settled)).toBeLessThan(40)
    expect(Math.min(...settled)).toBeGreaterThan(20)
  })

  it('finds the capacity again after it has changed, up or down', () => {
    for (const [before, after] of [
      [10, 40],
      [40, 10],
    ] as const) {
      const { limit, busy } = run(law({ algorithm: 'gradient', probeEvery: '5s' }), {
        ...model,
        random: true,
        workers: (now) => (now < 5_000 ? before : after),
      })
      expect(limit / after).toBeGreaterThan(0.8)
      expect(limit / after).toBeLessThan(2.2)
      expect(busy).toBeGreaterThan(0.75)
    }
  })

  it('measures anew when it is stuck at the bottom: the baseline must be wrong', () => {
    const one = law({ algorithm: 'gradient', ...STEP, probeCalls: 2, probeEvery: '1h' })
    show(one, 2, { durationMs: 1 })
    show(one, 1, { durationMs: 100 })
    show(one, 300, { durationMs: 100 })
    expect(one.limit).toBeGreaterThan(3)
    expect((one.state() as { baselineMs: number }).baselineMs).toBeGreaterThan(90)
  })
})
