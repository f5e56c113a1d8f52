import { describe, expect, it } from 'vitest'
import { currentDeadline, runWithDeadline } from './node.ts'
import { systemRuntime } from './system-runtime.ts'

describe('runWithDeadline', () => {
  it('shows everything that it calls the deadline, across await', async () => {
    const seen = await runWithDeadline(5_000, async () => {
      await new Promise((resolve) => systemRuntime.timer(1, () => resolve(undefined), true))
      return [currentDeadline(), systemRuntime.context?.deadline?.()]
    })
    expect(seen).toEqual([5_000, 5_000])
    expect(currentDeadline()).toBeUndefined()
  })

  it('is only ever shortened by an inner one', () => {
    const seen = runWithDeadline(5_000, () => [
      runWithDeadline(9_000, currentDeadline),
      runWithDeadline(3_000, currentDeadline),
      runWithDeadline(undefined, currentDeadline),
      runWithDeadline(Infinity, currentDeadline),
    ])
    expect(seen).toEqual([5_000, 3_000, 5_000, 5_000])
  })

  it.each([undefined, Infinity])('gives no deadline for %s', (deadline) => {
    expect(runWithDeadline(deadline, currentDeadline)).toBeUndefined()
  })

  it('refuses a deadline of NaN', () => {
    expect(() => runWithDeadline(Number.NaN, currentDeadline)).toThrow(/deadline must be an instant/)
  })

  it('hands on what the function returns and throws', () => {
    expect(runWithDeadline(1, () => 'answer')).toBe('answer')
    expect(() =>
      runWithDeadline(1, () => {
        throw new Error('declined')
      }),
    ).toThrow('declined')
  })
})
