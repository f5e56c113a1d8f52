import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnRedisClient } from './connect.ts'

const LONGEST_MS = 5_000
const LOOK_AGAIN_MS = 5

/** The client, as soon as it has a connection. */
export async function connected(client: OwnRedisClient): Promise<OwnRedisClient> {
  for (let waited = 0; !client.isReady; waited += LOOK_AGAIN_MS) {
    if (waited > LONGEST_MS) throw new Error('there is no connection to Redis')
    await sleep(LOOK_AGAIN_MS)
  }
  return client
}
