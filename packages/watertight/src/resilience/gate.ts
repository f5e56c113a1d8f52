let latestResolve: (value: unknown) => void
let latestReject: (error: unknown) => void

function capture(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  latestResolve = resolve
  latestReject = reject
}

/**
 * A promise that is open from outside as well: hand `resolve` and `reject` to the work to follow it, or call `resolve` to end
 * the wait early.
 *
 * One executor serves all gates, and the promise's own functions follow the work: three closures fewer than the usual way, on
 * the path of every call with a time limit.
 */
export class Gate {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void

  constructor() {
    this.promise = new Promise(capture)
    this.resolve = latestResolve
    this.reject = latestReject
  }
}
