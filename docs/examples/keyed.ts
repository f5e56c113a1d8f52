import { bulkhead, circuitBreaker, keyed, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region keyed
const pages = pipeline(
  'pages',
  keyed(circuitBreaker({ failures: 1 }), { by: ({ args: [url] }) => new URL(String(url)).host }), // one for each host
  keyed(bulkhead({ concurrent: 4 }), { maxKeys: 500, idle: '5m' }), // one for each tenant: the key of the call
)

const get = (url: string, tenant: string) =>
  pages.outcome(
    () => {
      if (url.includes('down')) throw new Error('connection reset')
      return 'page'
    },
    { args: [url], key: tenant },
  )

print((await get('https://down.example/a', 'ann')).kind)
print((await get('https://down.example/b', 'bob')).kind)
print((await get('https://fine.example/c', 'ann')).kind)
// #endregion
