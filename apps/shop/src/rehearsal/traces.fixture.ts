import { rehearse, valentine } from 'watertight/simulation'
import { liveRunOf } from './live-run.ts'
import { shopValentine } from './valentine.ts'

// Prints what each scenario that comes with the project leaves behind, for one version of Node to be held against another.

const DAYS = [valentine({ scale: 0.04 }), shopValentine, liveRunOf({ rate: 20, spike: 60, seconds: 4 })]

for (const day of DAYS) {
  const { scenario, traceHash, eventCount } = await rehearse(day, { seed: 7, control: false })
  process.stdout.write(`${scenario} ${traceHash} ${eventCount}\n`)
}
