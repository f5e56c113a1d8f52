import { describe, expect, it, vi } from 'vitest'
import { CancelSource, NEVER } from './cancellation.ts'
import { systemRuntime } from './system-runtime.ts'

/** An abort signal that counts the listeners on it. */
class CountingSignal extends EventTarget {
  listeners = 0
  added = 0
  aborted = false
  reason: unknown
  onabort = null

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++
    this.added++
    super.addEventListener(...args)
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--
    super.removeEventListener(...args)
  }

  abort(reason: unknown): void {
    this.aborted = true
    this.reason = reason
    this.dispatchEvent(new Event('abort'))
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }
}

const setUp = (): { source: CancelSource; reported: unknown[]; log: string[] } => {
  const reported: unknown[] = []
  return { source: new CancelSource((error) => reported.push(error)), reported, log: [] }
}

describe('CancelSource', () => {
  it('is not cancelled at first', () => {
    const { source } = setUp()
    expect([source.cancelled, source.cause, source.reason]).toEqual([false, undefined, undefined])
    expect(source.signal.aborted).toBe(false)
  })

  it('keeps the first cause and reason when it is cancelled again', () => {
    const { source, log } = setUp()
    source.onCancel(() => log.push('cancelled'))
    source.cancel('timeout', 'too slow')
    source.cancel('caller', 'too late')
    expect([source.cancelled, source.cause, source.reason]).toEqual([true, 'timeout', 'too slow'])
    expect(log).toEqual(['cancelled'])
  })

  it('calls listeners in the order in which they were added, when its state is final', () => {
    const { source, log } = setUp()
    source.onCancel(() => log.push(`first: ${source.cause}`))
    source.onCancel(() => log.push('second'))
    source.cancel('loser')
    expect(log).toEqual(['first: loser', 'second'])
  })

  it('calls a listener at once when it is cancelled already', () => {
    const { source, log } = setUp()
    source.cancel('shutdown')
    source.onCancel(() => log.push('at once'))()
    expect(log).toEqual(['at once'])
  })

  it('removes exactly the one listener, also during cancellation', () => {
    const { source, log } = setUp()
    const listener = (): void => void log.push('heard')
    const remove = source.onCancel(listener)
    source.onCancel(listener)
    remove()
    remove()
    source.onCancel(() => removeLast())
    const removeLast = source.onCancel(() => log.push('removed during cancellation'))
    source.cancel('caller')
    expect(log).toEqual(['heard'])
  })

  it('reports a listener that throws, and calls the others', () => {
    const { source, reported, log } = setUp()
    const failure = new Error('a broken listener')
    const broken = (): never => {
      throw failure
    }
    source.onCancel(broken)
    source.onCancel(() => log.push('heard'))
    source.cancel('caller')
    source.onCancel(broken)
    expect(log).toEqual(['heard'])
    expect(reported).toEqual([failure, failure])
  })

  it.each([
    ['caller', 'AbortError'],
    ['timeout', 'TimeoutError'],
    ['deadline', 'TimeoutError'],
    ['loser', 'AbortError'],
    ['shutdown', 'AbortError'],
  ] as const)('aborts its signal for %s with an %s', (cause, name) => {
    const { source } = setUp()
    const { signal } = source
    source.cancel(cause)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBeInstanceOf(DOMException)
    expect(signal.reason).toMatchObject({ name })
    expect(source.reason).toBe(signal.reason)
  })

  it('aborts its signal with the reason it was given', () => {
    const { source } = setUp()
    const reason = new Error('the user has left')
    source.cancel('caller', reason)
    expect(source.signal.reason).toBe(reason)
    expect(source.signal).toBe(source.signal)
  })

  it('makes no AbortController until someone asks for the signal', () => {
    const made = vi.spyOn(globalThis, 'AbortController')
    const { source } = setUp()
    source.onCancel(() => {})
    source.cancel('timeout')
    expect(made).not.toHaveBeenCalled()
    expect(source.signal.aborted).toBe(true)
    expect(made).toHaveBeenCalledOnce()
    made.mockRestore()
  })
})

describe('a linked CancelSource', () => {
  it('is cancelled with its parent, with its cause and reason', () => {
    const parent = new CancelSource()
    const child = new CancelSource()
    const grandchild = new CancelSource()
    child.link(parent)
    grandchild.link(child)
    parent.cancel('deadline')
    expect(grandchild.cause).toBe('deadline')
    expect(grandchild.reason).toBe(parent.reason)
    expect(grandchild.signal.reason).toBe(parent.signal.reason)
  })

  it('is cancelled at once by a parent that was cancelled before', () => {
    const parent = new CancelSource()
    parent.cancel('shutdown', 'bye')
    const child = new CancelSource()
    child.link(parent)
    expect([child.cause, child.reason]).toEqual(['shutdown', 'bye'])
  })

  it('leaves its parent alone when it is cancelled itself', () => {
    const parent = new CancelSource()
    const child = new CancelSource()
    child.link(parent)
    child.cancel('timeout')
    expect(parent.cancelled).toBe(false)
    parent.cancel('caller')
    expect(child.cause).toBe('timeout')
  })

  it('is not cancelled by a parent it was unlinked or released from', () => {
    const parent = new CancelSource()
    const unlinked = new CancelSource()
    const released = new CancelSource()
    unlinked.link(parent)()
    released.link(parent)
    released.release()
    parent.cancel('caller')
    expect([unlinked.cancelled, released.cancelled]).toEqual([false, false])
  })
})

const endOfTurn = (): Promise<void> => new Promise((resolve) => systemRuntime.turn(resolve))

describe('a CancelSource that follows an AbortSignal', () => {
  it('is cancelled by the caller, with the signal’s reason', () => {
    const controller = new AbortController()
    const source = new CancelSource()
    source.follow(controller.signal)
    controller.abort('changed my mind')
    expect([source.cause, source.reason]).toEqual(['caller', 'changed my mind'])
  })

  it('is cancelled at once by a signal that has aborted already', () => {
    const source = new CancelSource()
    source.follow(AbortSignal.abort('before'))()
    expect([source.cause, source.reason]).toEqual(['caller', 'before'])
  })

  it('takes another cause, such as the shutdown of the process', () => {
    const controller = new AbortController()
    const source = new CancelSource()
    source.follow(controller.signal, 'shutdown')
    controller.abort()
    expect(source.cause).toBe('shutdown')
  })

  it('leaves no listener on a long-lived signal that was followed 10,000 times, once the turn is over', async () => {
    const signal = new CountingSignal()
    for (let call = 0; call < 10_000; call++) {
      const source = new CancelSource()
      const unfollow = source.follow(signal)
      if (call % 3 === 0) unfollow()
      else if (call % 3 === 1) source.release()
      else source.cancel('timeout')
      unfollow()
    }
    // Adding and removing it natively each time is what would take the time.
    expect(signal.added).toBe(1)
    await endOfTurn()
    expect(signal.listeners).toBe(0)
    const later = new CancelSource()
    later.follow(signal)
    expect([signal.listeners, signal.added]).toEqual([1, 2])
    later.release()
    await endOfTurn()
    expect(signal.listeners).toBe(0)
  })

  it('puts one listener on a signal that 10,000 calls follow at a time, and cancels all of them', () => {
    const signal = new CountingSignal()
    const sources = Array.from({ length: 10_000 }, () => new CancelSource())
    for (const source of sources) source.follow(signal)
    expect(signal.listeners).toBe(1)
    signal.abort('shutting down')
    expect(sources.every(({ cause, reason }) => cause === 'caller' && reason === 'shutting down')).toBe(true)
    expect(signal.listeners).toBe(0)
  })

  it('stays on the signal while another call follows it', () => {
    const signal = new CountingSignal()
    const [one, other] = [new CancelSource(), new CancelSource()]
    const unfollow = one.follow(signal)
    other.follow(signal)
    unfollow()
    unfollow()
    expect(signal.listeners).toBe(1)
    signal.abort('now')
    expect([one.cancelled, other.cancelled]).toEqual([false, true])
  })
})

describe('NEVER', () => {
  it('is never cancelled and keeps no listener', () => {
    NEVER.onCancel(() => {})()
    expect([NEVER.cancelled, NEVER.cause, NEVER.reason]).toEqual([false, undefined, undefined])
    expect(NEVER.signal.aborted).toBe(false)
    expect(NEVER.signal).not.toBe(NEVER.signal)
  })
})
