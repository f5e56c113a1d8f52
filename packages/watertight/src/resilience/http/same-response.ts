/** The same answer with another body. */
export function sameResponse(response: Response, body: ReadableStream<Uint8Array> | ArrayBuffer): Response {
  const { status, statusText, headers, url, redirected, type } = response
  const same = new Response(body, { status, statusText, headers })
  Object.defineProperties(same, { url: { value: url }, redirected: { value: redirected }, type: { value: type } })
  return same
}
