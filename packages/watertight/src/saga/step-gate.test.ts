import { assert, array, asyncProperty, constantFrom } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import type { GateTicket } from './step-gate.ts'
import { StepGate } from './step-gate.ts'

describe('StepGate', () => {
  it('lets so many in, and the next when one leaves, in their order', async () => {
    const gate = new StepGate(new VirtualRuntime(), 1)
    expect([gate.tryEnter(), gate.tryEnter()]).toEqual([true, false])
    const order: string[] = []
    void gate.queue(false).entered.then(() => order.push('first'))
    void gate.queue(false).entered.then(() => order.push('second'))
    void gate.queue(true).entered.then(() => order.push('refused before'))
    for (let i = 0; i < 3; i++) {
      gate.leave(true)
      await Promise.resolve()
    }
    expect(order).toEqual(['refused before', 'first', 'second'])
  })

  it('closes for as long as a refusal says, and reopens with half its window', async () => {
    const runtime = new VirtualRuntime()
    const gate = new StepGate(runtime, 8)
    for (let i = 0; i < 8; i++) gate.tryEnter()
    gate.refused(1_000)
    for (let i = 0; i < 7; i++) gate.leave(false)
    expect(gate.tryEnter()).toBe(false)
    await runtime.advance(999)
    expect(gate.tryEnter()).toBe(false)
    await runtime.advance(101)
    expect(Array.from({ length: 8 }, () => gate.tryEnter()).filter(Boolean)).toHaveLength(4)
  })

  it('reopens at once when the breaker changes its state', () => {
    const gate = new StepGate(new VirtualRuntime(), 8)
    gate.tryEnter()
    gate.refused(60_000)
    gate.reopen()
    expect(gate.tryEnter()).toBe(true)
  })

  it('pauses longer with each refusal that does not say how long', async () => {
    const runtime = new VirtualRuntime()
    const gate = new StepGate(runtime, 8)
    const pauses: number[] = []
    for (let i = 0; i < 4; i++) {
      gate.tryEnter()
      gate.refused(undefined)
      const before = runtime.now()
      await runtime.run(gate.queue(false).entered)
      pauses.push(runtime.now() - before)
      gate.leave(false)
    }
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  })

  it('never lets more in than its limit, and loses nobody', async () => {
    const acts = array(constantFrom('enter', 'enter', 'leave', 'refuse', 'withdraw', 'reopen'), { maxLength: 100 })
    await assert(
      asyncProperty(acts, async (list) => {
        const gate = new StepGate(new VirtualRuntime(), 5)
        const tickets: GateTicket[] = []
        let inside = 0
        let settled = 0
        const queue = (): void => {
          const ticket = gate.queue(false)
          tickets.push(ticket)
          void ticket.entered.then((entered) => {
            settled++
            if (entered) inside++
          })
        }
        for (const act of list) {
          if (act === 'enter' && gate.tryEnter()) inside++
          else if (act === 'enter') queue()
          else if (act === 'withdraw') tickets.at(-1)?.withdraw()
          else if (act === 'reopen') gate.reopen()
          else if (inside > 0) {
            inside--
            if (act === 'leave') gate.leave(true)
            else gate.refused(10)
          }
          await Promise.resolve()
          expect(inside).toBeLessThanOrEqual(5)
        }
        gate.reopen()
        while (settled < tickets.length) {
          await Promise.resolve()
          for (; inside > 0; inside--) gate.leave(true)
        }
        expect(settled).toBe(tickets.length)
      }),
    )
  })
})
