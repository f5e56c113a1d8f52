import { circuitBreaker, failover, pipeline, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region failover
/** Stands for a provider's client. */
const provider = (name: string, answer: () => string) => ({
  name,
  pipeline: pipeline(name, circuitBreaker({ failures: 5, openFor: '30s' }), timeout('2s')), // each its own breaker
  call: (_scope: object, order: string) => `${order} ${answer()}`,
})

const unreachable = () => {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
}
const cutOff = () => {
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}

const charge = failover([provider('alpha', unreachable), provider('beta', () => 'paid at beta')])
print(await charge.run(['order-1'])) // alpha was never reached: beta may be asked

const risky = failover([provider('alpha', cutOff), provider('beta', () => 'paid at beta')])
const unknown = await risky.outcome(['order-2']) // alpha may have charged: beta is not asked
print(`${unknown.provider}: ${unknown.outcome.kind}, asked ${unknown.tried.length}`)
// #endregion
