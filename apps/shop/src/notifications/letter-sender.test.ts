import { isWatertightError, WatertightError } from 'watertight'
import { memoryStore, type Store } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LetterSender, type LetterSenderOptions } from './letter-sender.ts'
import { Letters } from './letters.ts'

const letter = (orderId: string) => ({ orderId, customerId: '17850', kind: 'order-completed' as const })
const mailIsDown = () => Promise.reject(new WatertightError('UPSTREAM_FAILED', 'mail is down', { retryable: true }))

describe('LetterSender', () => {
  let runtime: VirtualRuntime
  let store: Store
  let letters: Letters
  let sent: string[]
  let sender: LetterSender | undefined

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    letters = new Letters({ store, runtime })
    sent = []
  })
  afterEach(async () => {
    const closed = sender?.close()
    await runtime.advance(1)
    await closed
  })

  const started = (options: Partial<LetterSenderOptions> = {}): LetterSender => {
    sender = new LetterSender({
      letters,
      runtime,
      send: (key) => {
        sent.push(key)
        return Promise.resolve()
      },
      ...options,
    })
    sender.start()
    return sender
  }
  const record = async (orderId: string): Promise<boolean> => {
    const recorded = letters.record(letter(orderId))
    await runtime.advance(0)
    return recorded
  }

  it('sends one letter per order and kind, however often it is asked for', async () => {
    const own = started()
    expect(await record('1')).toBe(true)
    expect(await record('1')).toBe(false)
    own.wake()
    await runtime.advance(10)
    own.wake()
    await runtime.advance(10)
    expect(sent).toEqual(['order-1-order-completed'])
  })

  it('sends what an earlier process left behind', async () => {
    await record('1')
    await record('2')
    started()
    await runtime.advance(10)
    expect(sent).toHaveLength(2)
  })

  it('keeps the letters while mail is down, and sends each once when it is back', async () => {
    let isDown = true
    for (const orderId of ['1', '2', '3']) await record(orderId)
    started({
      send: async (key) => {
        if (isDown) return mailIsDown()
        sent.push(key)
        return undefined
      },
    })
    await runtime.advance(60_000)
    isDown = false
    await runtime.advance(20_000)
    expect(sent.toSorted()).toEqual(['order-1-order-completed', 'order-2-order-completed', 'order-3-order-completed'])
    expect(runtime.reported).toEqual([])
  })

  it('stops a round at once when mail cannot be called at all', async () => {
    for (let i = 0; i < 50; i++) await record(String(i))
    let calls = 0
    started({
      concurrent: 1,
      send: () => {
        calls++
        return Promise.reject(new WatertightError('CIRCUIT_OPEN', 'open', { retryable: true }))
      },
    })
    await runtime.advance(100)
    expect(calls).toBe(1)
  })

  it('does not let one letter that always fails hold up the others', async () => {
    for (const orderId of ['1', '2']) await record(orderId)
    started({
      concurrent: 1,
      send: (key) => {
        if (key.includes('-1-')) return mailIsDown()
        sent.push(key)
        return Promise.resolve()
      },
    })
    await runtime.advance(10)
    expect(sent).toEqual(['order-2-order-completed'])
  })

  it('gives up on a letter that is not news any more', async () => {
    await record('1')
    started({ send: mailIsDown, giveUpAfterMs: 30_000 })
    await runtime.advance(60_000)
    expect(await letters.waiting(10)).toEqual([])
    expect((await store.readLog({ after: 0 })).events.map(({ type }) => type)).toEqual([
      'letter.requested',
      'letter.givenUp',
    ])
  })

  it('leaves nothing waiting after it is closed', async () => {
    await record('1')
    const own = started({
      send: (_key, _letter, signal) =>
        new Promise((_, abort) => signal.addEventListener('abort', () => abort(signal.reason))),
    })
    await runtime.advance(10)
    await own.close()
    expect(runtime.pendingTimers).toBe(0)
    expect(runtime.reported.filter((error) => !isWatertightError(error))).toEqual([])
    expect(await letters.waiting(10)).toHaveLength(1)
  })
})
