/** `0.99953` as `99.95%`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))}%`
}

/** `1234.56` as `1,234.6/s`. */
export function perSecond(rate: number): string {
  return `${decimal(rate)}/s`
}

/** `12.345` as `12.3 ms`. */
export function inMs(ms: number): string {
  return Number.isFinite(ms) ? `${decimal(ms)} ms` : 'for ever'
}

/** `1234.56` as `1,234.6`. */
export function decimal(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 1 })
}
