import { Command } from 'commander'
import { EXIT, type ExitCode } from '../command-line/exit.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { Check, Finding, Surroundings } from './check.ts'
import { checkClock } from './check-clock.ts'
import { checkNode } from './check-node.ts'
import { checkPackages } from './check-packages.ts'
import { checkScenarios } from './check-scenarios.ts'
import { checkServices } from './check-services.ts'
import { redact } from './redact.ts'

const CHECKS: readonly Check[] = [checkNode, checkPackages, checkScenarios, checkClock, checkServices]
const SIGNS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const
const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const
const LIMIT_MS = 2_000
const NAME_WIDTH = 22

const EXAMPLES = `
It looks, and changes nothing. Secrets are left out of what it prints.

Examples:
  $ watertight doctor
  $ DATABASE_URL=postgres://localhost/shop watertight doctor --json`

/** `watertight doctor`: whether a project can run here, with a hint for each thing that is in the way. */
export function doctorCommand(terminal: Terminal, end: (code: ExitCode) => void): Command {
  return new Command('doctor')
    .description('see whether this machine and project have what they need')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json }: { json?: boolean }) => {
      const environment = process.env
      const findings = await examine({ folder: process.cwd(), environment, limitMs: LIMIT_MS })
      const well = findings.every(({ status }) => status !== 'failed')
      const text = json === true ? JSON.stringify({ ok: well, findings }, null, 2) : shown(findings, well, terminal)
      terminal.print(redact(text, environment))
      end(well ? EXIT.fine : EXIT.failed)
    })
}

/** All checks, in their order. What a check throws is its finding. */
export async function examine(surroundings: Surroundings): Promise<readonly Finding[]> {
  const found = await Promise.all(
    CHECKS.map(async (check) => {
      try {
        return await check(surroundings)
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        return [
          {
            check: check.name,
            status: 'failed',
            found: text,
            hint: 'this is a fault of watertight doctor: report it',
          } as const,
        ]
      }
    }),
  )
  return found.flat()
}

function shown(findings: readonly Finding[], well: boolean, { paint }: Pick<Terminal, 'paint'>): string {
  const lines = findings.flatMap(({ check, status, found, hint }) => [
    `${paint(COLOURS[status], SIGNS[status])} ${check.padEnd(NAME_WIDTH)} ${found}`,
    ...(hint === undefined ? [] : [`  ${''.padEnd(NAME_WIDTH)} → ${hint}`]),
  ])
  const failed = findings.filter(({ status }) => status === 'failed').length
  return [
    ...lines,
    '',
    well ? paint('green', 'Nothing is in the way.') : paint('red', `${failed} in the way: see the hints (→).`),
  ].join('\n')
}
