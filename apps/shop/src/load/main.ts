import { join } from 'node:path'
import type { RetailOrder } from '../contract/retail-order.ts'
import { readLines } from '../retail/ndjson.ts'
import type { StockedArticle } from '../retail/opening-stock.ts'
import { CATALOGUE, ORDERS } from '../retail/run-files.ts'
import { Generator } from './generator.ts'
import { Journal, JOURNAL } from './journal.ts'
import { type FromLoad, LOAD_VARIABLE, type LoadConfig, type ToLoad } from './messages.ts'
import { scheduleOf } from './schedule.ts'

const tell = (message: FromLoad): void => {
  if (process.connected) process.send?.(message)
}

async function main(): Promise<void> {
  const { plan, dataFolder, gatewayPort } = JSON.parse(process.env[LOAD_VARIABLE] ?? '{}') as LoadConfig
  process.title = 'shop load'
  process.on('disconnect', () => process.exit(0))

  const catalogue = await readLines<StockedArticle>(join(dataFolder, CATALOGUE))
  const orders = await readLines<RetailOrder>(join(dataFolder, ORDERS))
  const schedule = scheduleOf(plan, catalogue, orders)
  const generator = await Generator.prepare(plan, schedule, gatewayPort, await Journal.open(join(dataFolder, JOURNAL)))

  process.on('message', (message: ToLoad) => {
    switch (message.type) {
      case 'start':
        void generator
          .run((second) => tell({ type: 'second', ...second }))
          .then(
            (result) => tell({ type: 'result', result }),
            (error: unknown) => fail(error),
          )
        break
      case 'finish':
        generator.finish()
        break
    }
  })
  tell({ type: 'ready', scheduleHash: schedule.hash, requests: schedule.requests.length })
}

function fail(error: unknown): void {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
  tell({ type: 'failed', message: `the load process: ${(error as Error).message}` })
  process.exitCode = 1
  if (process.connected) process.disconnect()
}

await main().catch(fail)
