/**
 * A law that always holds of a live policy; for tests and the simulator.
 *
 * @throws Error with what the policy is doing, when it does not hold.
 */
export function conserve(policy: string, law: string, holds: boolean, state: object): void {
  if (!holds) throw new Error(`${policy}: not ${law}: ${JSON.stringify(state)}`)
}
