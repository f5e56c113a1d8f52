import { chaos, pipeline, retry, immediate, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region chaos
const payments = pipeline(
  'payments',
  retry({ attempts: 3, backoff: immediate() }),
  timeout('2s'),
  chaos({ error: { rate: 0.2, status: 500 }, hang: { rate: 0.05 } }), // innermost, and off
)

const live = payments.on(new VirtualRuntime({ seed: 7 })) // the same seed: the same faults
print((await live.outcome(() => 'paid')).kind)

live.update('chaos', { on: true, error: { rate: 1, status: 503 }, hang: { rate: 0 } }) // a game day begins
print((await live.outcome(() => 'paid')).kind)

live.update('chaos', { on: false })
print((await live.outcome(() => 'paid')).kind)
// #endregion
