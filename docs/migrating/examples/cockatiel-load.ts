import { setTimeout as sleep } from 'node:timers/promises'
import * as cockatiel from 'cockatiel'
import { bulkhead, circuitBreaker, pipeline, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region capacity
/** Eight calls, one after the other, of a function that ignores its signal and outlives its time limit. */
async function mostAtOnce(run: (fn: () => Promise<void>) => Promise<unknown>): Promise<number> {
  const work = Promise.withResolvers<void>()
  let active = 0
  for (let call = 0; call < 8; call++) {
    await run(() => {
      active++
      return work.promise
    }).catch(() => undefined)
  }
  work.resolve()
  return active
}

const before = cockatiel.wrap(cockatiel.bulkhead(2), cockatiel.timeout(10, cockatiel.TimeoutStrategy.Aggressive))
const after = pipeline('p', bulkhead({ concurrent: 2 }), timeout('10ms'))

print(`bulkhead of 2: cockatiel  lets ${await mostAtOnce((fn) => before.execute(fn))} run at once`)
print(`bulkhead of 2: watertight lets ${await mostAtOnce((fn) => after.run(fn))} run at once`)
// #endregion

// #region probe
/** The circuit is half-open and its one probe hangs: what becomes of the next caller? */
async function whileProbing(run: (fn: () => Promise<string>) => Promise<string>): Promise<string> {
  await run(() => Promise.reject(new Error('down'))).catch(() => undefined)
  await sleep(100)
  const answer = Promise.withResolvers<string>()
  const probe = run(() => answer.promise)
  const next = run(async () => 'next').then(
    () => 'is let through',
    () => 'is refused at once',
  )
  const seen = await Promise.race([next, sleep(50).then(() => 'waits for the probe')])
  answer.resolve('up again')
  await Promise.all([probe, next])
  return seen
}

const breaker = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 50,
  breaker: new cockatiel.ConsecutiveBreaker(1),
})
const circuit = pipeline('c', circuitBreaker({ failures: 1, openFor: '50ms' }))

print(`while probing: cockatiel  the next caller ${await whileProbing((fn) => breaker.execute(fn))}`)
print(`while probing: watertight the next caller ${await whileProbing((fn) => circuit.run(fn))}`)
// #endregion

// #region status
/** Five answers of 404: the dependency works, the question was wrong. */
async function afterNotFound(run: (fn: () => Promise<string>) => Promise<string>): Promise<string> {
  const notFound = () => Promise.reject(Object.assign(new Error('no such order'), { status: 404 }))
  for (let call = 0; call < 5; call++) await run(notFound).catch(() => undefined)
  return run(async () => 'closed').catch(() => 'open')
}

const all = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 30_000,
  breaker: new cockatiel.ConsecutiveBreaker(5),
})
const knowing = pipeline('k', circuitBreaker({ failures: 5 }))

print(`five times 404: cockatiel  (handleAll) ${await afterNotFound((fn) => all.execute(fn))}`)
print(`five times 404: watertight ${await afterNotFound((fn) => knowing.run(fn))}`)
// #endregion

// #region ancient
/** Four failures, then a pause of several windows, then one more failure. */
async function afterPause(run: (fn: () => Promise<string>) => Promise<string>): Promise<string> {
  const fail = () => run(() => Promise.reject(new Error('down'))).catch(() => undefined)
  for (let call = 0; call < 4; call++) await fail()
  await sleep(400)
  await fail()
  return run(async () => 'closed: one failure in the window').catch(() => 'open: by failures of long ago')
}

const sampling = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 30_000,
  breaker: new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 100, minimumRps: 50 }), // five calls in 100 ms
})
const window = pipeline('w', circuitBreaker({ failureRate: 0.5, window: '100ms', minimumCalls: 5 }))

print(`after a pause: cockatiel  ${await afterPause((fn) => sampling.execute(fn))}`)
print(`after a pause: watertight ${await afterPause((fn) => window.run(fn))}`)
// #endregion
