import { setTimeout as sleep } from 'node:timers/promises'
import { coalesce, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region coalesce
const reports = pipeline('reports', coalesce({ key: (month: string) => month }))

let runs = 0
const report = reports.wrap(async (month: string) => {
  runs++
  await sleep(20)
  return `report of ${month}`
})

await Promise.all([report('may'), report('may'), report('june')])
print(`${runs} runs`)
await report('may')
print(`${runs} runs: nothing is kept`)
// #endregion
