import { parseArgs } from 'node:util'
import { MutantWorkshop } from './mutation/mutant-workshop.ts'
import { type Mutant, readMutants } from './mutation/mutant.ts'
import { tried, type Trial } from './mutation/trial.ts'

const HELP = `npm run mutants -- [--only NAME] [--json]
Plants known defects in a copy of the sources, one at a time, and lets the hunts look for them. Each must be found within
2,000 seeds and be shown in fewer than 30 lines. Exit code 1 when one is not, or its patch does not apply any more.

  --only NAME   one of scripts/mutants, without .patch
  --json        print one JSON document on standard output, and nothing else there
`

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
})
if (values.help) process.stdout.write(HELP)
else process.exitCode = await main(values.only, values.json === true)

async function main(only: string | undefined, json: boolean): Promise<number> {
  const all = readMutants()
  const mutants = only === undefined ? all : all.filter(({ name }) => name === only)
  if (mutants.length === 0) {
    process.stderr.write(`no mutant ${only}; known: ${all.map(({ name }) => name).join(', ')}\n`)
    return 2
  }
  const workshop = await MutantWorkshop.open()
  const trials: Trial[] = []
  try {
    for (const mutant of mutants) {
      const trial = await tried(workshop, mutant)
      trials.push(trial)
      if (!json) process.stdout.write(`${lineOf(trial, mutant)}\n`)
    }
  } finally {
    await workshop.close()
  }
  if (json) process.stdout.write(`${JSON.stringify(trials)}\n`)
  return trials.every(({ killed }) => killed) ? 0 : 1
}

function lineOf({ name, killed, seed, lines, violation, reason }: Trial, { hunt }: Mutant): string {
  if (!killed) return `${name}: NOT FOUND by the hunt for ${hunt}: ${reason}`
  return `${name}: found with seed ${seed}, ${lines} lines: ${violation}`
}
