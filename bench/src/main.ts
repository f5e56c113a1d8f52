import { eventStoreSuite } from './event-store/event-store-suite.ts'
import { asJson, asTable } from './report.ts'
import { installPeers } from './peers.ts'
import { resilienceSuite } from './resilience/resilience-suite.ts'
import { simulationSuite } from './simulation/simulation-suite.ts'
import { sizeSuite } from './size/size-suite.ts'
import { isMet, type Suite } from './suite.ts'

const MISSED = 1
const USAGE_ERROR = 2
const suites: readonly Suite[] = [eventStoreSuite, resilienceSuite, simulationSuite, sizeSuite]

const usage = `usage: npm run -s bench -- SUITE [--json]
  SUITE   ${suites.map(({ name }) => name).join(', ')}
  --json  one document on stdout instead of a table
`

const words = process.argv.slice(2)
const json = words.includes('--json')
const names = words.filter((word) => word !== '--json')
const suite = names.length === 1 ? suites.find(({ name }) => name === names[0]) : undefined

if (suite === undefined) {
  process.stderr.write(usage)
  process.exitCode = USAGE_ERROR
} else {
  installPeers()
  const figures = await suite.run((what) => process.stderr.write(`${what}\n`))
  process.stdout.write(`${json ? asJson(suite.name, figures) : asTable(suite.name, figures)}\n`)
  if (suite.strict === true && figures.some((figure) => isMet(figure) === false)) process.exitCode = MISSED
}
