import CircuitBreaker from 'opossum'
import { bulkhead, circuitBreaker, fallback, pipeline, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

let up = false
const charge = async (order: string): Promise<string> => {
  if (!up) throw new Error('connection reset')
  return `paid for ${order}`
}

// #region before
const before = new CircuitBreaker(charge, {
  timeout: 3_000,
  errorThresholdPercentage: 50,
  volumeThreshold: 4,
  rollingCountTimeout: 10_000,
  resetTimeout: 30_000,
  capacity: 10,
})
before.fallback(() => 'pending')
before.on('open', () => print('opossum    opened'))

for (let call = 0; call < 5; call++) print(`opossum    ${await before.fire('536365')}`)
// #endregion

// #region after
const payments = pipeline(
  'payments',
  fallback('pending'),
  circuitBreaker({ failureRate: 0.5, minimumCalls: 4, window: '10s', openFor: '30s' }),
  bulkhead({ concurrent: 10 }),
  timeout('3s'),
)
const after = payments.wrap(charge)
payments.events.on('breaker.opened', () => print('watertight opened'))

for (let call = 0; call < 5; call++) print(`watertight ${await after('536365')}`)
// #endregion

// #region modes
up = true
payments.update('circuitBreaker', { mode: 'isolated' }) // opossum: open(), which half-opens by itself
print(`isolated   ${await after('536366')}`)
payments.update('circuitBreaker', { mode: 'disabled' }) // opossum: disable(), which also drops its timeout and capacity
print(`disabled   ${await after('536366')}`)
payments.update('circuitBreaker', { mode: 'normal' }) // opossum: close(), or enable()
// #endregion

before.shutdown()
