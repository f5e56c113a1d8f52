import { circuitBreaker, registry, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region registry
const origins = registry({
  make: (name) => [circuitBreaker({ failures: 1 }), timeout(name === 'reports' ? '30s' : '2s')],
  max: 500,
  idle: '10m',
})

origins.on('breaker.opened', ({ pipeline, reason }) => print(`${pipeline} opened: ${reason}`))

await origins.get('search', 'down.example').outcome(() => Promise.reject(new Error('connection reset')))
print((await origins.get('search', 'down.example').outcome(() => 'page')).kind)
print((await origins.get('search', 'fine.example').outcome(() => 'page')).kind)

origins.update('search', 'timeout', { after: '1s' }) // all keys, those to come included
for (const { name, key, state } of origins.snapshot()) print(`${name} ${key}: ${state.breaker}`)
// #endregion
