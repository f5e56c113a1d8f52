import { audit, type AuditReport } from '../audit/audit.ts'
import { gatherEvidence } from '../audit/gather.ts'
import { type OrderMoment, orderTimeline } from '../audit/order-timeline.ts'
import { EXIT, type ExitCode, PlainFailure } from '../supervisor/plain-failure.ts'
import { optionLines, parseCommandLine } from './command-line.ts'
import { READ_OPTIONS } from './options.ts'

const AUDIT_HELP = `npm run shop -- audit DIR [options]
Compares what customers were told with the databases and ledgers in the data folder of a shop that has stopped.
Exit code 1 when anything is wrong.

${optionLines(READ_OPTIONS)}
`

const TIMELINE_HELP = `npm run shop -- timeline DIR ORDER_ID [options]
One order's whole life over all the services, in order of time.

${optionLines(READ_OPTIONS)}
`

/** `npm run shop -- audit DIR`. */
export async function auditCommand(args: readonly string[]): Promise<ExitCode> {
  const { options, positionals } = parseCommandLine(
    args,
    READ_OPTIONS,
    args.includes('--help') ? [] : ['the data folder DIR'],
  )
  if (options.help) {
    process.stdout.write(AUDIT_HELP)
    return EXIT.fine
  }
  const [folder = ''] = positionals
  const found = audit(await gatherEvidence(folder))
  process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : auditText(found))
  return found.findings.length === 0 ? EXIT.fine : EXIT.failed
}

/** `npm run shop -- timeline DIR ORDER_ID`. */
export async function timelineCommand(args: readonly string[]): Promise<ExitCode> {
  const wanted = args.includes('--help') ? [] : ['the data folder DIR', 'the ORDER_ID']
  const { options, positionals } = parseCommandLine(args, READ_OPTIONS, wanted)
  if (options.help) {
    process.stdout.write(TIMELINE_HELP)
    return EXIT.fine
  }
  const [folder = '', orderId = ''] = positionals
  const moments = await orderTimeline(folder, orderId)
  if (moments.length === 0) throw new PlainFailure(`no service in ${folder} knows an order ${orderId}`, EXIT.failed)
  process.stdout.write(options.json ? `${JSON.stringify(moments)}\n` : timelineText(moments))
  return EXIT.fine
}

/** What an audit found, for a person. */
export function auditText({ findings, looked, accepted }: AuditReport): string {
  const evidence = Object.entries(looked)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
  return [
    findings.length === 0 ? 'Nothing is wrong.' : `${findings.length} findings:`,
    ...findings.map(({ kind, text }) => `  ${kind} ${text}`),
    `accepted ${accepted.accepted}: ${accepted.completed} completed, ${accepted.compensated} undone, ${accepted.parked} wait for a person, ${accepted.unfinished} unfinished`,
    `looked at ${evidence}`,
    '',
  ].join('\n')
}

function timelineText(moments: readonly OrderMoment[]): string {
  const first = moments[0]?.at ?? 0
  return [
    new Date(first).toISOString(),
    ...moments.map(
      ({ at, where, what, data }) =>
        `${`+${at - first} ms`.padStart(11)}  ${where.padEnd(15)} ${what.padEnd(26)} ${JSON.stringify(data) ?? ''}`,
    ),
    '',
  ].join('\n')
}
