import { describe, expect, it } from 'vitest'
import type { World } from '../kernel/world.ts'
import { huntBench } from './hunt-bench.fixture.ts'
import type { HuntWorld } from './hunt-world.ts'
import type { Remote } from './service.ts'
import type { SimulatedProcess } from './simulated-process.ts'

type Bank = { charge(key: string): string }

interface Bench {
  readonly world: World
  readonly hunt: HuntWorld
  readonly charged: string[]
  readonly process: SimulatedProcess<Remote<Bank>>
  readonly bank: Remote<Bank>
}

async function bench(...faults: readonly string[]): Promise<Bench> {
  const { world, hunt } = huntBench(faults)
  const charged: string[] = []
  const service = hunt.service<Bank>('bank', {
    charge(key) {
      charged.push(key)
      return `charged ${key}`
    },
  })
  const process = hunt.process('p', (context) => context.service(service))
  process.start()
  await world.runUntil(1)
  if (process.running === undefined) throw new Error('the process did not start')
  return { world, hunt, charged, process, bank: process.running }
}

describe('a service over a bad network', () => {
  it('does what it is asked, and answers, when nothing goes wrong', async () => {
    const { world, bank, charged } = await bench()
    expect(await world.run(bank.charge('k'))).toBe('charged k')
    expect(charged).toEqual(['k'])
  })

  it.each([
    ['refused', 0],
    ['requestLost', 0],
    ['answerLost', 1],
    ['late', 0],
  ])('%s: the caller has no answer, and it was done %i times so far', async (kind, times) => {
    const { world, bank, charged } = await bench(`p.bank.charge#0:${kind}`)
    let answer: unknown
    bank.charge('k').then(
      (value) => (answer = value),
      () => {},
    )
    await world.runUntil(30)
    expect([answer, charged.length]).toEqual([undefined, times])
  })

  it('does what comes late when its caller has given up long ago, and there is no rest before', async () => {
    const { world, hunt, bank, charged } = await bench('p.bank.charge#0:late')
    await expect(world.run(bank.charge('k'))).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: true })
    expect([charged.length, hunt.underWay]).toEqual([0, 1])
    await world.runUntil(60_000)
    expect([charged.length, hunt.underWay]).toEqual([1, 0])
  })

  it('is asked twice by a request that is repeated on the way, and answers once', async () => {
    const { world, bank, charged } = await bench('p.bank.charge#0:duplicated')
    expect(await world.run(bank.charge('k'))).toBe('charged k')
    await world.runUntil(60_000)
    expect(charged).toEqual(['k', 'k'])
  })

  it.each([
    ['crashBefore', 0],
    ['crashAfter', 1],
  ])('%s: its caller dies, and it was done %i times', async (kind, times) => {
    const { world, bank, charged, process } = await bench(`p.bank.charge#0:${kind}`)
    let isSettled = false
    void bank.charge('k').finally(() => {
      isSettled = true
    })
    await world.runUntil(60_000)
    expect([isSettled, charged.length, process.running === bank]).toEqual([false, times, false])
  })

  it('gives its answer to a caller that stood still when that wakes', async () => {
    const { world, bank } = await bench('p.bank.charge#0:pauseAfter')
    const began = world.now()
    await world.run(bank.charge('k'))
    expect(world.now() - began).toBeGreaterThan(20)
  })
})

describe('a route to processes of the hunted system', () => {
  function routed(): { world: World; workers: readonly SimulatedProcess<string>[]; ask: () => Promise<string> } {
    const { world, hunt } = huntBench()
    const workers = ['a', 'b'].map((name) => hunt.process(name, () => name))
    const route = hunt.route('desk', workers, (name) => ({ who: () => name }), ['who'])
    const caller = hunt.process('caller', (context) => context.service(route))
    for (const process of hunt.processes) process.start()
    return { world, workers, ask: () => caller.running?.who() ?? Promise.reject(new Error('not started')) }
  }

  it('leads to those that run, and to each of them', async () => {
    const { world, ask } = routed()
    await world.runUntil(1)
    const answers = await world.run(Promise.all(Array.from({ length: 20 }, ask)))
    expect(new Set(answers)).toEqual(new Set(['a', 'b']))
  })

  it('leads nowhere when none runs, and tells the caller so', async () => {
    const { world, workers, ask } = routed()
    await world.runUntil(1)
    for (const worker of workers) worker.crash()
    await expect(world.run(ask())).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: true })
  })
})
