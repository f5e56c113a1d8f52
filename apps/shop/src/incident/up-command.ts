import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { ORDER_DESK } from '../contract/users.ts'
import { ROLES } from '../process/roles.ts'
import { writeLines } from '../retail/ndjson.ts'
import { openingStock } from '../retail/opening-stock.ts'
import { CATALOGUE } from '../retail/run-files.ts'
import { takeOrders } from '../retail/take-orders.ts'
import { openDataFolder } from '../supervisor/data-folder.ts'
import { EXIT, type ExitCode } from '../supervisor/plain-failure.ts'
import { choosePorts } from '../supervisor/ports.ts'
import { leaveNothingBehind, onSignal } from '../supervisor/shutdown.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { optionLines, parseCommandLine } from './command-line.ts'
import { consoleOn } from './console.ts'
import { SHOP_OPTIONS } from './options.ts'

const HELP = `npm run shop -- up [options]
Keeps the shop up until Ctrl-C.

${optionLines(SHOP_OPTIONS)}
`

const DEFAULT_SEED = 1
/** The orders whose articles fill the shelves. */
const STOCKED_FOR = 2_000
const DRAIN_MS = 3_000

/** `npm run shop`. */
export async function upCommand(args: readonly string[]): Promise<ExitCode> {
  const { options } = parseCommandLine(args, SHOP_OPTIONS, [])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  const seed = options.seed ?? DEFAULT_SEED
  const { orders } = await takeOrders(options.orders, seed, STOCKED_FOR)
  const ports = await choosePorts(options.port)
  const folder = await openDataFolder(options.data)
  leaveNothingBehind(() => folder.unlock())
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  onSignal(() => tell())

  const catalogue = openingStock(orders, seed)
  // An article keeps the stock it was opened with: what a folder already has is not written again.
  if (!existsSync(join(folder.path, CATALOGUE))) await writeLines(join(folder.path, CATALOGUE), catalogue)
  const console = consoleOn(process.stderr)
  const shop = new Supervisor({
    ports,
    dataFolder: folder.path,
    protection: options.unprotected ? 'unprotected' : 'protected',
    seed,
    restart: true,
    onNotice: (notice) => console.say(notice),
  })
  await shop.start()
  const gateway = `http://127.0.0.1:${ports.gateway}`
  process.stdout.write(
    [
      `The shop is up, its data in ${folder.path}. Ctrl-C ends it.`,
      ...ROLES.toReversed().map((role) => `  ${role.padEnd(16)}http://127.0.0.1:${ports[role]}`),
      `  curl ${gateway}/products/${encodeURIComponent(catalogue[0]?.sku ?? '')}`,
      `  curl -H 'content-type: application/json' -d '${JSON.stringify(ORDER_DESK)}' ${gateway}/sign-in`,
      '',
    ].join('\n'),
  )
  await told
  console.say('stopping')
  await shop.stop(DRAIN_MS)
  return EXIT.fine
}
