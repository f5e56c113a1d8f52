import { setTimeout as sleep } from 'node:timers/promises'
import { circuitBreaker, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region breaker
const payments = pipeline(
  'payments',
  circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 4, openFor: '50ms', halfOpenCalls: 2 }),
)

payments.events.on('breaker.opened', ({ reason }) => print(`opened: ${reason}`))
payments.events.on('breaker.halfOpened', ({ probes }) => print(`half-open: ${probes} may try`))
payments.events.on('breaker.closed', ({ successes }) => print(`closed after ${successes} successes`))

let up = false
const charge = () => {
  if (!up) throw new Error('connection reset')
  return 'paid'
}

for (let call = 1; call <= 4; call++) await payments.outcome(charge)

const refused = await payments.outcome(charge) // not called: the circuit is open
print(`${refused.kind}: ${'code' in refused ? refused.code : ''}`)

up = true
await sleep(100)
print(await payments.run(charge))
print(await payments.run(charge))
// #endregion

// #region modes
payments.update('circuitBreaker', { mode: 'isolated' }) // an operator takes payments out of service
print(`isolated: ${(await payments.outcome(charge)).kind}`)
payments.update('circuitBreaker', { mode: 'normal', failureRate: 0.3 })
print(`again: ${(await payments.outcome(charge)).kind}`)
// #endregion
