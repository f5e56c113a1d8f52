import type { RunRecord } from 'watertight/simulation'
import type { IncidentRecord } from '../incident/record.ts'
import { type Agreement, type Figures, TOLERANCE } from './against.ts'

const NAME = 20
const COLUMN = 12
const PERCENT = 100

/** Why latencies differ, where goodput does not. */
const DISTANCES: readonly string[] = [
  'latencies are not held to a limit; they differ because',
  '  - the real threads share the cores of this machine, stand still for collections of garbage, and get faster as they warm up;',
  '    a modelled thread has a core of its own and one law for all of the day',
  '  - an order that is refused (out of stock) has never been served, in the simulated p99: with few orders in a phase it is "never"',
]

/** Rehearsals beside the real run, for a terminal. */
export function agreementText(
  { rows, worst, agrees }: Agreement,
  runs: readonly RunRecord[],
  record: IncidentRecord | undefined,
): string {
  const real = record !== undefined
  const heads = ['goodput/s', 'p50', 'p99'].flatMap((head) => (real ? [head, 'simulated'] : [head]))
  const lines = rows.map(({ phase, route, real: was, simulated }) => {
    const cells = [
      ({ goodput }: Figures) => goodput.toFixed(1),
      (one: Figures) => ms(one.p50),
      (one: Figures) => ms(one.p99),
    ]
    return line(
      `${phase}, ${route}`,
      cells.flatMap((cell) => (was === undefined ? [cell(simulated)] : [cell(was), cell(simulated)])),
    )
  })
  const seeds = runs.map(({ seed }) => seed).join(', ')
  return [
    line(real ? 'real | simulated' : 'simulated', heads),
    ...lines,
    '',
    ...(real ? [verdictLine(agrees, worst, record), ...DISTANCES] : failures(runs)),
    `seeds ${seeds}; the same seed asks for the same at the same instants, on the simulator and on real processes`,
    '',
  ].join('\n')
}

function verdictLine(agrees: boolean, worst: number, { verdict }: IncidentRecord): string {
  const apart = `goodput differs by ${(worst * PERCENT).toFixed(1)}% at most`
  const limit = `${TOLERANCE * PERCENT}% is right`
  return `${agrees ? 'agrees' : 'DISAGREES'}: ${apart} in each phase, ${limit} (the real run was ${verdict})`
}

function failures(runs: readonly RunRecord[]): readonly string[] {
  return runs.flatMap(({ seed, verdict }) =>
    verdict.contained
      ? [`seed ${seed}: contained`]
      : [
          `seed ${seed}: not contained`,
          ...verdict.conditions
            .filter(({ held }) => !held)
            .map(({ name, seen, limit }) => `  - ${name}: ${seen}, ${limit} is right`),
        ],
  )
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(NAME)}${cells.map((cell) => cell.padStart(COLUMN)).join('')}`
}

function ms(value: number | null): string {
  return value === null ? 'never' : `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
