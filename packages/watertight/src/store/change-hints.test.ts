import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ChangeHints } from './change-hints.ts'

describe('ChangeHints', () => {
  it('wakes those who wait behind an earlier position, and no others', async () => {
    const hints = new ChangeHints()
    const { signal } = new AbortController()
    const early = hints.wait(3, signal)
    void hints.wait(4, signal)
    hints.wake(4)
    await early
    expect(hints.waiting).toBe(1)
  })

  it('leaves no listener on the signal of a waiter that was woken', async () => {
    const hints = new ChangeHints()
    const { signal } = new AbortController()
    const waiting = Array.from({ length: 20 }, () => hints.wait(0, signal))
    hints.wake(1)
    await Promise.all(waiting)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('forgets a waiter whose signal aborts, or was aborted before', async () => {
    const hints = new ChangeHints()
    const aborting = new AbortController()
    const waiting = hints.wait(0, aborting.signal)
    aborting.abort()
    await waiting
    await hints.wait(0, aborting.signal)
    expect(hints.waiting).toBe(0)
    expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
  })

  it('says when the first waiter comes and the last one goes', () => {
    const told: boolean[] = []
    const hints = new ChangeHints((waiting) => told.push(waiting))
    const { signal } = new AbortController()
    void hints.wait(0, signal)
    void hints.wait(0, signal)
    hints.wakeAll()
    void hints.wait(0, signal)
    expect(told).toEqual([true, false, true])
  })
})
