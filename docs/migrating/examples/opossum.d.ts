/** What the examples use of opossum, which comes without types. */
declare module 'opossum' {
  export default class CircuitBreaker<Args extends unknown[], T> {
    constructor(action: (...args: Args) => T | PromiseLike<T>, options?: object)
    fire(...args: Args): Promise<T>
    getSignal(): AbortSignal
    fallback(stand: (...args: unknown[]) => unknown): this
    on(event: string, listener: (...args: unknown[]) => void): this
    shutdown(): void
  }
}
