const GROUP = /\B(?=(\d{3})+$)/g
const BILLION = 1e9
const ROUNDING_ERROR = 1e-9

/** A number as people read it: three digits that matter, thousands apart; the same on every machine, whatever its language. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= BILLION) return value.toExponential(2)
  const text =
    size >= 100 || Number.isInteger(value)
      ? String(Math.round(size)).replace(GROUP, ',')
      : String(Number(size.toPrecision(3)))
  return value < 0 && text !== '0' ? `−${text}` : text
}

/** A length of time, from milliseconds. */
export function time(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return '–'
  return Math.abs(milliseconds) >= 10_000 ? `${figure(milliseconds / 1_000)} s` : `${figure(milliseconds)} ms`
}

/** An instant of a run, in seconds since its start. */
export function instant(milliseconds: number): string {
  return `${figure(milliseconds / 1_000)} s`
}

/** A share of 1 as a percentage, rounded down: what is less than all never reads as 100%. */
export function share(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return `${(Math.floor(value * 1_000 + ROUNDING_ERROR) / 10).toFixed(1)}%`
}
