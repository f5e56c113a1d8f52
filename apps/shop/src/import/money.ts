/** A hundredth of a penny: the source has prices of a tenth of one, and sums must add up. */
export const PER_PENNY = 100
const DECIMALS = 4
const PRICE = /^(-?)(\d{1,9})(?:\.(\d{1,4}))?$/

/** Reads pounds such as `16888.02` or `-11062.06`, exactly, as hundredths of a penny; undefined when it is no such amount. */
export function parsePounds(text: string): number | undefined {
  const match = PRICE.exec(text)
  if (match === null) return undefined
  const [, sign, pounds, decimals = ''] = match
  const exact = Number(`${pounds}${decimals.padEnd(DECIMALS, '0')}`)
  return sign === '-' && exact !== 0 ? -exact : exact
}

/** The nearest whole pence, halves up. */
export function toPence(exact: number): number {
  return Math.floor((exact + PER_PENNY / 2) / PER_PENNY)
}

/** Pounds for a person: `-11062.06`, and `0.001` where there are parts of a penny. */
export function inPounds(exact: number): string {
  const digits = String(Math.abs(exact)).padStart(DECIMALS + 1, '0')
  const decimals = digits.slice(-DECIMALS).replace(/0{1,2}$/, '')
  return `${exact < 0 ? '-' : ''}${digits.slice(0, -DECIMALS)}.${decimals}`
}
