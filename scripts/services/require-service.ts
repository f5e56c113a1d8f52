import { find } from './bring-up.ts'
import { serviceNamed } from './table.ts'

/**
 * The address of a service for an `.int.test.ts`, or undefined when there is none: said in one loud line, so that nobody takes
 * a skipped suite for a passed one. With `REQUIRE_SERVICES=1` it is an error.
 *
 * @example
 * const url = await requireService('redis')
 * describe.skipIf(url === undefined)('a shared limit', () => { … })
 */
export async function requireService(name: string): Promise<string | undefined> {
  const service = serviceNamed(name)
  const running = await find(service)
  if (running !== undefined) return running.url
  const line = `NO ${name.toUpperCase()}: its tests are SKIPPED. Start one with "npm run services -- start ${name}", or name one in ${service.variable}.`
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line)
  process.stderr.write(`\n*** ${line} ***\n\n`)
  return undefined
}
