import { setImmediate as soon } from 'node:timers/promises'
import { bulkhead, circuitBreaker, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region lifecycle
const payments = pipeline('payments', circuitBreaker({ failures: 1, openFor: '30s' }), bulkhead({ concurrent: 1 }))

const permit = await payments.acquire()
print(`while it is held: ${(await payments.outcome(() => 'paid')).kind}`)
permit.release()
await soon() // its place is free a moment later
print(`afterwards: ${(await payments.outcome(() => 'paid')).kind}`)

await payments.outcome(() => Promise.reject(new Error('down')))
const saved = JSON.stringify(payments.state().policies['circuitBreaker'])

const afterRestart = payments.on(new VirtualRuntime())
afterRestart.restore('circuitBreaker', JSON.parse(saved))
print(`after a restart: ${(await afterRestart.outcome(() => 'paid')).kind}`)

print(`${await payments.close({ within: '5s' })} calls did not stop`)
const late = await payments.outcome(() => 'paid')
print(late.kind === 'refused' ? late.code : late.kind)
// #endregion
