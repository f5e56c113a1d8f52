import { World } from '../kernel/world.ts'
import { Chances } from './chances.ts'
import { FaultPlan } from './fault-plan.ts'
import { HuntWorld } from './hunt-world.ts'

/** A world to hunt in, in which the faults that are named happen, and no others. */
export interface HuntBench {
  readonly world: World
  readonly hunt: HuntWorld
  readonly defects: readonly string[]
}

/** Makes one; `pace` 0: ordinary journeys over the network take no time. */
export function huntBench(faults: readonly string[] = [], pace: number = 1): HuntBench {
  const world = new World({ seed: 1 })
  const defects: string[] = []
  const on = { change: () => {}, defect: (what: string) => void defects.push(what), line: () => {} }
  return { world, hunt: new HuntWorld(world, new Chances(1, new FaultPlan(faults)), on, pace), defects }
}
