import { afterAll, describe, expect, it } from 'vitest'
import { ownServer } from '../test-server.fixture.ts'
import { runHistory } from './run-history.ts'

const server = await ownServer()

describe.skipIf(server.isMissing)(
  'a PostgreSQL store whose writers, readers, connections and server are killed',
  () => {
    afterAll(() => server.stop())

    it('loses nothing that it acknowledged, and shows every subscription each event in order', async () => {
      const report = await runHistory(server, {
        events: 2_000,
        seed: 1,
        writerProcesses: 2,
        writers: 8,
        subscriberProcesses: 2,
        subscriptions: 4,
        pauseMs: { from: 100, to: 400 },
      })
      expect(report.anomalies).toEqual([])
      expect(report.events).toBeGreaterThanOrEqual(2_000)
      expect(Object.values(report.disturbances).every((count) => count > 0)).toBe(true)
    }, 120_000)
  },
)
