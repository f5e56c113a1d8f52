import { isOperation } from './fault-plan.ts'
import type { Finding } from './finding.ts'
import type { HuntReport } from './hunt.ts'

/** A report to read: one line when all is well, else what was found, how it came to it, and how to see it again. */
export function huntText(report: HuntReport, command?: (finding: Finding, report: HuntReport) => string): string {
  const { hunted, seeds, finding, never, eventCount } = report
  if (report.holds) {
    const faults = Object.values(report.faults).reduce((sum, times) => sum + times, 0)
    return `${hunted}: holds with ${seeds} seeds (${eventCount} events, ${Object.keys(report.faults).length} kinds of fault, ${faults} times met)\n`
  }
  const lines: string[] = []
  if (finding) {
    const { seed, violation, only, before, trace } = finding
    const faults = only.filter((key) => !isOperation(key))
    lines.push(
      `${hunted}: DOES NOT HOLD with seed ${seed}, found after ${seeds} seeds`,
      `  ${violation.name}: ${violation.reason}`,
      `  it takes ${faults.length} of its faults and ${only.length - faults.length} of its operations, of ${before}:`,
      ...trace.map((line) => `  ${line}`),
    )
    if (command) lines.push(`  see it again: ${command(finding, report)}`)
  }
  if (never.length > 0) lines.push(`${hunted}: never happened in ${seeds} seeds, and should have: ${never.join(', ')}`)
  return `${lines.join('\n')}\n`
}
