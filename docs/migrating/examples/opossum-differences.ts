import { setTimeout as sleep } from 'node:timers/promises'
import CircuitBreaker from 'opossum'
import { bulkhead, circuitBreaker, pipeline, timeout } from 'watertight'

type Work = () => Promise<string>

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const swallow = (): string => 'failed'
const call = (work: Work): Promise<string> => work()

// #region capacity
/** Eight calls, one after the other, of a function that outlives its time limit. */
async function mostAtOnce(run: (fn: Work) => Promise<string>): Promise<number> {
  const work = Promise.withResolvers<string>()
  let active = 0
  for (let i = 0; i < 8; i++) {
    await run(() => {
      active++
      return work.promise
    }).catch(swallow)
  }
  work.resolve('done')
  return active
}

const roomy = new CircuitBreaker(call, { timeout: 10, capacity: 2, volumeThreshold: 1_000 })
const compartment = pipeline('p', bulkhead({ concurrent: 2 }), timeout('10ms'))

print(`capacity 2:   opossum    lets ${await mostAtOnce((fn) => roomy.fire(fn))} run at once`)
print(`capacity 2:   watertight lets ${await mostAtOnce((fn) => compartment.run(fn))} run at once`)
// #endregion

// #region refusals
/** A slow call fills the only place, ten more find no room, then the slow one succeeds. */
async function afterRefusals(run: (fn: Work) => Promise<string>): Promise<string> {
  const work = Promise.withResolvers<string>()
  const slow = run(() => work.promise)
  for (let i = 0; i < 10; i++) await run(async () => 'fine').catch(swallow)
  work.resolve('done')
  await slow
  return run(async () => 'closed').catch(() => 'open, though nothing failed')
}

const full = new CircuitBreaker(call, { capacity: 1, volumeThreshold: 5 })
const ours = pipeline('r', circuitBreaker({ failureRate: 0.5, minimumCalls: 5 }), bulkhead({ concurrent: 1 }))

print(`own refusals: opossum    ${await afterRefusals((fn) => full.fire(fn))}`)
print(`own refusals: watertight ${await afterRefusals((fn) => ours.run(fn))}`)
// #endregion

// #region late
/** While the circuit is half-open, a call from before it opened fails late; then the probe succeeds. */
async function afterLateFailure(run: (fn: Work) => Promise<string>): Promise<string> {
  const old = Promise.withResolvers<string>()
  const answer = Promise.withResolvers<string>()
  const late = run(() => old.promise).catch(swallow)
  await run(() => Promise.reject(new Error('down'))).catch(swallow) // opens
  await sleep(100)
  const probe = run(() => answer.promise).catch(swallow)
  old.reject(new Error('of the old state'))
  await late
  answer.resolve('done')
  await probe
  return run(async () => 'closed by its probe').catch(() => 'open again')
}

const stateful = new CircuitBreaker(call, { resetTimeout: 50, errorThresholdPercentage: 40 })
const generations = pipeline('g', circuitBreaker({ failures: 1, openFor: '50ms' }))

print(`late failure: opossum    ${await afterLateFailure((fn) => stateful.fire(fn))}`)
print(`late failure: watertight ${await afterLateFailure((fn) => generations.run(fn))}`)
// #endregion

// #region signal
/** One call hangs until its time limit; another begins half-way and needs as long again. What becomes of that one? */
async function besideTimeout(run: (ms: number) => Promise<string>): Promise<string> {
  const hanging = run(10_000).catch(swallow)
  await sleep(150)
  const other = run(200).catch(() => 'is aborted with it')
  await hanging
  return other
}

const shared: CircuitBreaker<[number], string> = new CircuitBreaker(
  (ms: number) => sleep(ms, 'goes on', { signal: shared.getSignal() }),
  { timeout: 300, volumeThreshold: 1_000, abortController: new AbortController(), autoRenewAbortController: true },
)
const own = pipeline('s', timeout('300ms'))

print(`other call:   opossum    ${await besideTimeout((ms) => shared.fire(ms))}`)
print(
  `other call:   watertight ${await besideTimeout((ms) => own.run(({ signal }) => sleep(ms, 'goes on', { signal })))}`,
)
// #endregion

for (const breaker of [roomy, full, stateful, shared]) breaker.shutdown()
