import type { Suite } from '../suite.ts'
import { postgresFigures } from './postgres-figures.ts'
import { projectionFigures } from './projection-figures.ts'
import { replayFigures } from './replay-figures.ts'
import { sqliteFigures } from './sqlite-figures.ts'

/** The event store beside another one, and beside what the databases do by themselves. */
export const eventStoreSuite: Suite = {
  name: 'event-store',
  async run(progress) {
    return [
      ...(await postgresFigures(progress)),
      ...(await sqliteFigures(progress)),
      ...(await projectionFigures(progress)),
      ...(await replayFigures(progress)),
    ]
  },
}
