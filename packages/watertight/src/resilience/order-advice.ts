import type { Advice } from './advice.ts'
import type { NamedPolicy } from './policy.ts'

/**
 * What is doubtful about this order, outermost first: each policy knows what seldom stands inside it. Advice only: the
 * pipeline works as it is written.
 */
export function adviseOnOrder(policies: readonly NamedPolicy[]): readonly Advice[] {
  return policies.flatMap(([name, { doubts = [], advise }], at) => {
    const inside = policies.slice(at + 1)
    const pairs = inside.flatMap(([innerName, { kind }]) =>
      doubts
        .filter(([doubtful]) => doubtful === kind)
        .map(([, code, why]): Advice => ({ code, message: `${innerName} stands inside ${name}: ${why}` })),
    )
    return pairs.concat(advise?.(name, inside) ?? [])
  })
}
