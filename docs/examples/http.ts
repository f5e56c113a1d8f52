import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { circuitBreaker, fetchWith, fixed, registry, retry, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const server = createServer((request, response) => {
  print(`${request.method} ${request.url}`)
  const busy = request.url === '/busy' && ++asked === 1
  response.writeHead(busy ? 503 : request.url === '/missing' ? 404 : 200).end('page')
})
let asked = 0
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

// #region fetch
const origins = registry({
  make: () => [
    timeout('5s'),
    retry({ attempts: 3, backoff: fixed('10ms'), budget: { ratio: 0.1 } }),
    circuitBreaker({ failures: 5 }),
    timeout('2s'),
  ],
})
const http = fetchWith(origins) // one pipeline for each origin

print(`${(await http(`${origin}/busy`)).status}`) // 503 first: tried again, out of the budget
print(`${(await http(`${origin}/missing`)).status}`) // an answer like any other
asked = 0
print(`${(await http(`${origin}/busy`, { method: 'POST', body: 'order' })).status}`) // may have been executed: not repeated
asked = 0
const headers = { 'idempotency-key': 'order-7' }
print(`${(await http(`${origin}/busy`, { method: 'POST', body: 'order', headers })).status}`)
// #endregion

server.close()
server.closeAllConnections()
