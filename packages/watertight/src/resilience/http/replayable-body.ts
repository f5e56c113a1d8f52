/**
 * Whether a request body can be sent again: text, bytes, form data and blobs can; a stream or an iterator is used up by the
 * first try. Bytes that are changed between two tries are the caller's fault.
 */
export function isReplayable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true
  if (body instanceof URLSearchParams || body instanceof Blob) return true
  // By name, for clients bring classes of their own.
  const name: unknown = Reflect.get(Object(body), Symbol.toStringTag)
  return name === 'FormData' || name === 'Blob' || name === 'File' || name === 'URLSearchParams'
}
