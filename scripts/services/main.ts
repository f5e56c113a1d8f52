import { bringDown, bringUp, find } from './bring-up.ts'
import type { Running, Service } from './service.ts'
import { SERVICES, serviceNamed } from './table.ts'

const USAGE = `Real services for the adapters' integration tests.

  npm run services -- start  [names]           bring them up; those that run already are left as they are
  npm run services -- stop   [names]           end what start brought up
  npm run services -- status [names] [--json]  where they are

Names: ${SERVICES.map(({ name }) => name).join(', ')}; default: all of them.
`
const ACTIONS = ['start', 'stop', 'status'] as const
const WRONG_USE = 2

const [action, ...rest] = process.argv.slice(2)
const json = rest.includes('--json')
const names = rest.filter((argument) => argument !== '--json')

if (!ACTIONS.includes(action as (typeof ACTIONS)[number])) {
  process.stderr.write(USAGE)
  process.exit(WRONG_USE)
}

try {
  const services = names.length === 0 ? SERVICES : names.map(serviceNamed)
  const found: (readonly [Service, Running | undefined])[] = []
  for (const service of services) {
    if (action === 'stop') await bringDown(service)
    else found.push([service, action === 'start' ? await bringUp(service) : await find(service)])
  }
  process.stdout.write(json ? asJson(found) : asLines(found))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function asLines(found: readonly (readonly [Service, Running | undefined])[]): string {
  return found.map(([{ variable }, running]) => (running === undefined ? '' : `${variable}=${running.url}\n`)).join('')
}

function asJson(found: readonly (readonly [Service, Running | undefined])[]): string {
  const byName = Object.fromEntries(found.map(([{ name }, running]) => [name, running ?? null]))
  return `${JSON.stringify(byName, undefined, 2)}\n`
}
