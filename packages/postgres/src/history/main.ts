import { parseArgs } from 'node:util'
import { type OwnServer, ownServer } from '../test-server.fixture.ts'
import { FULL_SIZE, type HistoryOptions } from './history-options.ts'
import { type HistoryReport, runHistory } from './run-history.ts'

const FOUND = 1
const USAGE_ERROR = 2
const PROGRESS_MS = 2_000
const MOST_SHOWN = 20

const usage = `usage: node scripts/run.js packages/postgres/src/history/main.ts [--events N] [--minutes N] [--seed N] [--json]
  Kills writers, subscribers, connections and the server of a PostgreSQL store, and looks for what is lost, skipped, twice or
  out of order. Exit code 0: nothing; 1: something; 2: it could not run.
  --events   writing ends when the log has so many (default 200000)
  --minutes  writing ends after so many minutes
  --seed     chooses what is disturbed, and when (default 1)
  --json     the report as one document on stdout
`

function numberOf(name: string, value: string): number {
  const number = Number(value)
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not ${value}`)
  return number
}

async function runWithProgress(server: OwnServer, size: HistoryOptions): Promise<HistoryReport> {
  let told = Number.NEGATIVE_INFINITY
  try {
    return await runHistory(server, size, (what) => {
      if (performance.now() - told < PROGRESS_MS) return
      told = performance.now()
      process.stderr.write(`${what}\n`)
    })
  } finally {
    await server.stop()
  }
}

try {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '200000' },
      minutes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const size = {
    ...FULL_SIZE,
    events: numberOf('events', values.events),
    seed: numberOf('seed', values.seed),
    ...(values.minutes !== undefined && { minutes: numberOf('minutes', values.minutes) }),
  }
  const server = await ownServer()
  if (server.isMissing) throw new Error('there is no PostgreSQL')
  const report = await runWithProgress(server, size)
  const { anomalies, ...rest } = report
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else {
    process.stdout.write(`${JSON.stringify(rest)}\n${anomalies.length} anomalies\n`)
    for (const { kind, text } of anomalies.slice(0, MOST_SHOWN)) process.stdout.write(`${kind}: ${text}\n`)
  }
  if (anomalies.length > 0) process.exitCode = FOUND
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  process.exitCode = USAGE_ERROR
}
