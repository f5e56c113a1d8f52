interface Mark {
  readonly by: object
  readonly stamp: number
}

/** Weak: a mark lives as long as the error does. */
const marks = new WeakMap<object, Mark>()
let latest = 0

/** What to compare later marks with: marks made from now on are newer. */
export function markStamp(): number {
  return latest
}

/** Marks `thing` (an error or a refusal) as given up by the retry `by`, so that an outer retry does not multiply it. */
export function markGivenUp(thing: unknown, by: object): void {
  if (typeof thing === 'object' && thing !== null) marks.set(thing, { by, stamp: ++latest })
}

/** Hands the mark of a refusal over to the error made from it. */
export function moveMark(from: object, to: object): void {
  const mark = marks.get(from)
  if (mark !== undefined) marks.set(to, mark)
}

/**
 * Whether another retry than `by` gave up on `thing` since `stamp`. An error object that is thrown again and again must not
 * stay marked for ever, therefore the stamp.
 */
export function givenUpSince(thing: unknown, stamp: number, by: object): boolean {
  if (typeof thing !== 'object' || thing === null) return false
  const mark = marks.get(thing)
  return mark !== undefined && mark.stamp > stamp && mark.by !== by
}
