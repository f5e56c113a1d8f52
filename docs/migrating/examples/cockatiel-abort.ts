import { setTimeout as sleep } from 'node:timers/promises'
import * as cockatiel from 'cockatiel'
import { bulkhead, fallback, fixed, pipeline, retry, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const down = () => Promise.reject(new Error('down'))
const hang = (signal: AbortSignal) => sleep(10_000, 'late', { signal })
const atOnce = (ended: Promise<unknown>): Promise<boolean> =>
  Promise.race([ended.then(() => true), sleep(50).then(() => false)])

// #region backoff
async function abortInBackoff(run: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
  const caller = new AbortController()
  const ended = run(caller.signal).catch(() => undefined)
  await sleep(5)
  caller.abort()
  return (await atOnce(ended)) ? 'ends at once' : 'waits its delay out'
}

const before = cockatiel.retry(cockatiel.handleAll, { maxAttempts: 1, backoff: new cockatiel.ConstantBackoff(10_000) })
const after = pipeline('p', retry({ attempts: 2, backoff: fixed('10s') }))

print(
  `abort in backoff: cockatiel  ${await abortInBackoff((signal) => before.dangerouslyUnref().execute(down, signal))}`,
)
print(`abort in backoff: watertight ${await abortInBackoff((signal) => after.run(down, { signal }))}`)
// #endregion

// #region queue
async function abortInQueue(run: (fn: () => unknown, signal?: AbortSignal) => Promise<unknown>): Promise<string> {
  const caller = new AbortController()
  const work = Promise.withResolvers<void>()
  const holder = run(() => work.promise)
  const queued = run(() => undefined, caller.signal).catch(() => undefined)
  caller.abort()
  const noticed = await atOnce(queued)
  work.resolve()
  await holder
  return noticed ? 'ends at once' : 'keeps its place until it is dequeued'
}

const room = cockatiel.bulkhead(1, 1)
const compartment = pipeline('q', bulkhead({ concurrent: 1, queue: 1 }))

print(`abort in queue:   cockatiel  ${await abortInQueue((fn, signal) => room.execute(fn, signal))}`)
print(`abort in queue:   watertight ${await abortInQueue((fn, signal) => compartment.run(fn, { signal }))}`)
// #endregion

// #region told
async function abort(run: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
  const caller = new AbortController()
  const ended = run(caller.signal)
  caller.abort()
  return ended.then(
    () => 'is answered by the fallback',
    () => 'is told that the call was cancelled',
  )
}

let timeouts = 0
const limit = cockatiel.timeout(2_000, cockatiel.TimeoutStrategy.Aggressive)
limit.onTimeout(() => timeouts++)
const answered = cockatiel.wrap(cockatiel.fallback(cockatiel.handleAll, 'stand-in'), limit)

let fired = 0
const honest = pipeline('f', fallback('stand-in'), timeout('2s'))
honest.events.on('timeout.fired', () => fired++)

print(`aborting caller:  cockatiel  ${await abort((signal) => answered.execute((c) => hang(c.signal), signal))}`)
print(`aborting caller:  watertight ${await abort((signal) => honest.run((c) => hang(c.signal), { signal }))}`)
print(`time limits told: cockatiel  ${timeouts}`)
print(`time limits told: watertight ${fired}`)
// #endregion
