import { beforeEach, describe, expect, it } from 'vitest'
import { circuitBreaker, type LivePipeline, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { FakeClient } from '../link/fake-client.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { shareBreaker, type SharedBreaker } from './share-breaker.ts'

/** Counts votes as the script does. */
function ballot(): FakeClient {
  const votes = new Map<string, string>()
  const client = new FakeClient()
  client.answer = ({ arguments: [voter = '', vote = ''] }) => {
    if (vote === 'none') votes.delete(voter)
    else votes.set(voter, vote)
    const open = [...votes.values()].filter((one) => one === 'open').length
    return [open, votes.size - open]
  }
  return client
}

/** One of the processes: its own pipeline, clock and link. */
class Process {
  readonly runtime: VirtualRuntime
  readonly live: LivePipeline
  readonly shared: SharedBreaker

  constructor(client: FakeClient, seed: number) {
    this.runtime = new VirtualRuntime({ seed })
    this.live = pipeline('payments', circuitBreaker({ failures: 3, openFor: '30s' })).on(this.runtime)
    this.shared = shareBreaker(redisLink(client), this.live, { runtime: this.runtime, every: '500ms' })
  }

  get circuit(): string | undefined {
    return this.live.state().breaker
  }

  async call(answer: () => unknown, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.live.outcome(answer)
  }

  async fail(): Promise<void> {
    await this.call(() => Promise.reject(new Error('down')), 3)
  }
}

describe('processes that share a breaker', () => {
  let processes: Process[] = []

  beforeEach(() => {
    const client = ballot()
    processes = [1, 2, 3].map((seed) => new Process(client, seed))
  })

  const [a, b, c] = [0, 1, 2].map((at) => () => processes[at] as Process) as [
    () => Process,
    () => Process,
    () => Process,
  ]

  /** Every process votes and looks, twice, so that each has seen the votes of all. */
  const agree = async (): Promise<void> => {
    for (let round = 0; round < 2; round++) for (const { runtime } of processes) await runtime.advance('500ms')
  }
  const circuits = (): unknown[] => processes.map((one) => one.circuit)

  it('all open when most of them have opened, also who has not failed itself', async () => {
    await c().call(() => 'fine')
    await a().fail()
    await b().fail()
    await agree()
    expect(circuits()).toEqual(['open', 'open', 'open'])
    expect(c().shared.state()).toMatchObject({ following: true, open: 2 })
    expect(await c().live.outcome(() => 'fine')).toMatchObject({ code: 'CIRCUIT_OPEN' })
  })

  it('do not let one of them open the circuit of all', async () => {
    for (const one of [b(), c()]) await one.call(() => 'fine')
    await a().fail()
    await agree()
    expect(circuits()).toEqual(['open', 'closed', 'closed'])
  })

  it('decide nothing below the quorum', async () => {
    await a().fail()
    await agree()
    expect(circuits()).toEqual(['open', 'closed', 'closed'])
  })

  it('let go of who follows as soon as one that opened has seen it work again', async () => {
    await a().fail()
    await b().fail()
    await agree()
    await a().runtime.advance('30s')
    await a().call(() => 'fine', 2)
    await agree()
    expect(circuits()).toEqual(['closed', 'open', 'closed'])
    expect(await c().live.outcome(() => 'fine')).toMatchObject({ kind: 'success' })
  })

  it('let go of who follows when those that opened have nobody to probe with', async () => {
    await a().fail()
    await b().fail()
    await agree()
    for (const one of [a(), b()]) await one.runtime.advance('30s')
    await agree()
    expect(c().circuit).toBe('closed')
  })

  it('let go of who follows when those that opened are gone', async () => {
    await a().fail()
    await b().fail()
    await agree()
    await a().shared.stop()
    await b().shared.stop()
    await agree()
    expect(c().circuit).toBe('closed')
  })

  it('leave a breaker alone that somebody set by hand', async () => {
    c().live.update('circuitBreaker', { mode: 'disabled' })
    await a().fail()
    await b().fail()
    await agree()
    expect(c().shared.state().following).toBe(false)
    c().live.update('circuitBreaker', { mode: 'isolated' })
    for (const one of [a(), b()]) await one.runtime.advance('30s')
    await agree()
    expect(c().circuit).toBe('open')
  })
})
