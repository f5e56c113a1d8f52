/** One subscription of a run. */
export interface PlannedSubscription {
  readonly name: string
  /** Missing when it follows the whole log. */
  readonly category?: 'own' | 'shared'
}

/** Every fourth follows the streams of one category. */
export function subscriptionPlan(subscriptions: number): readonly PlannedSubscription[] {
  return Array.from({ length: subscriptions }, (_, n) => ({
    name: `subscription-${n}`,
    ...(n % 4 === 3 && { category: n % 8 === 3 ? 'shared' : 'own' }),
  }))
}

/** The subscriptions that have a member in this process: each has one in two of them, where there are two. */
export function membersOf(
  plan: readonly PlannedSubscription[],
  process: number,
  of: number,
): readonly PlannedSubscription[] {
  return plan.filter((_, n) => n % of === process || (n + 1) % of === process)
}
