import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './one-at-a-time.ts'
import type { Running, Service } from './service.ts'
import { freshFolder, readState, servicesFolder, writeState } from './state-file.ts'

/** The way of a service that somebody else runs, and that is not ours to stop. */
const GIVEN = 'given'

/**
 * Where the service is: the one that the environment names, the one that was brought up before, or a new one, by the first
 * of its ways that can be gone here. Calling it again changes nothing.
 *
 * @throws Error that names each way and why it could not be gone.
 */
export async function bringUp(service: Service): Promise<Running> {
  return await exclusively(async () => {
    const before = await find(service)
    if (before !== undefined) return before
    await end(service)
    const running = given(service) ?? (await start(service))
    writeState({ ...readState(), [service.name]: running })
    return running
  })
}

/** Ends what {@link bringUp} started, and leaves nothing of it. A service that was given goes on. */
export async function bringDown(service: Service): Promise<void> {
  await exclusively(async () => await end(service))
}

/** Where the service is, as far as something answers there; undefined: nowhere. */
export async function find(service: Service): Promise<Running | undefined> {
  const running = given(service) ?? readState()[service.name]
  return running !== undefined && (await service.answers(running.url)) ? running : undefined
}

function given({ variable }: Service): Running | undefined {
  const url = process.env[variable]
  return url === undefined || url === '' ? undefined : { url, way: GIVEN }
}

async function start(service: Service): Promise<Running> {
  const reasons: string[] = []
  for (const way of service.ways) {
    const hindrance = await way.hindrance()
    if (hindrance === undefined) {
      try {
        return { ...(await way.start(freshFolder(service.name))), way: way.name }
      } catch (error) {
        reasons.push(`${way.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    } else reasons.push(`${way.name}: ${hindrance}`)
  }
  forget(service)
  throw new Error(`no ${service.name} here, and none named by ${service.variable}:\n  ${reasons.join('\n  ')}`)
}

async function end(service: Service): Promise<void> {
  const running = readState()[service.name]
  if (running === undefined) return
  await service.ways.find(({ name }) => name === running.way)?.stop(running)
  forget(service)
}

function forget({ name }: Service): void {
  const { [name]: _, ...others } = readState()
  rmSync(join(servicesFolder(), name), { recursive: true, force: true })
  writeState(others)
}

async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return await oneAtATime(`${servicesFolder()}.lock`, work)
}
