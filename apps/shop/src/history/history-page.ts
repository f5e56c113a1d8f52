import { inPounds, PER_PENNY } from '../import/money.ts'
import type { CustomerPage } from './history.ts'

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { padding: .4rem .6rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
  td:last-child, th:last-child { text-align: right; font-variant-numeric: tabular-nums }`

/** A customer's orders and refunds, newest first, as a page that needs nothing else. */
export function historyPage({ customerId, past, spentMinor, orders }: CustomerPage): string {
  const rows = [
    ...orders.map(({ id, placedAt, status, totalMinor }) => ({ id, placedAt, what: `order, ${status}`, totalMinor })),
    ...past.map(({ id, placedAt, kind, totalMinor }) => ({ id, placedAt, what: kind, totalMinor })),
  ].toSorted((a, b) => (a.placedAt < b.placedAt ? 1 : -1))
  const name = escaped(customerId)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Orders of customer ${name}</title>
<style>${STYLE}</style>
<h1>Orders of customer ${name}</h1>
<p>${rows.length} entries; ${pounds(spentMinor)} spent in the old records${past.map(({ country }) => `, ${escaped(country)}`).at(-1) ?? ''}</p>
<table>
<thead><tr><th>When</th><th>Number</th><th>What</th><th>Amount</th></tr></thead>
<tbody>
${rows.map(({ id, placedAt, what, totalMinor }) => `<tr><td>${escaped(placedAt.slice(0, 16).replace('T', ' '))}</td><td>${escaped(id)}</td><td>${escaped(what)}</td><td>${pounds(totalMinor)}</td></tr>`).join('\n')}
</tbody>
</table>
</html>
`
}

function pounds(minor: number): string {
  return `£${inPounds(minor * PER_PENNY)}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
