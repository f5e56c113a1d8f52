import type { Advice } from '../advice.ts'
import type { NamedPolicy, Policy } from '../policy.ts'

/** Of two time limits the longer never fires, unless it is outside and spans several attempts or a wait. */
export function idleTimeout(name: string, outerMs: unknown, inside: readonly NamedPolicy[]): Advice | undefined {
  let spansMore = false
  for (const [innerName, inner] of inside) {
    if (inner.shares === true) return undefined
    spansMore ||= inner.prolongs === true
    const innerMs = limitOf(inner)
    if (typeof outerMs !== 'number' || innerMs === undefined || (spansMore && innerMs < outerMs)) continue
    const [idle, other] = innerMs >= outerMs ? [innerName, name] : [name, innerName]
    const message = `${idle} never fires: ${other} is over after ${Math.min(innerMs, outerMs)} ms`
    return { code: 'timeout-never-fires', message }
  }
  return undefined
}

function limitOf({ kind, options }: Policy<unknown>): number | undefined {
  const afterMs = kind === 'timeout' && 'afterMs' in options ? options.afterMs : undefined
  return typeof afterMs === 'number' ? afterMs : undefined
}
