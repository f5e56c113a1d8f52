import type { Sweep, SweepPoint } from 'watertight/simulation'
import { figure, time } from '../figures.ts'
import { type Html, html } from './html.ts'

const WIDTH = 820
const HEIGHT = 260
const LEFT = 70
const BOTTOM = 40
const TOP = 16
const RIGHT = 30

/** Goodput over the values of one parameter; where the run was contained is told by shape as well as by colour. */
export function sweepSection({ parameter, points }: Sweep): Html {
  const name = parameter === 'rate' ? 'multiples of the load' : parameter
  const most = Math.max(...points.map(({ goodput }) => goodput), Number.MIN_VALUE)
  const place = ({ value, goodput }: SweepPoint): { readonly x: number; readonly y: number } => ({
    x: round(LEFT + reach(value, points) * (WIDTH - LEFT - RIGHT)),
    y: round(HEIGHT - BOTTOM - (goodput / most) * (HEIGHT - BOTTOM - TOP)),
  })
  const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${place(point).x} ${place(point).y}`).join('')
  return html`<h2 id="sweep">Sweep: ${name}</h2><p class="quiet">Successes a second. ● contained on all seeds, ○ on some, ■ on none.</p>
<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Goodput over ${name}">
${[0, 0.5, 1].map((part) => {
  const y = round(HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP))
  return html`<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/><text class="quiet" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${figure(part * most)}</text>`
})}<path class="curve" d="${path}"/>${points.map((point) => {
    const { x, y } = place(point)
    return html`${mark(point, x, y)}<text class="quiet" x="${x}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${figure(point.value)}</text>`
  })}<text class="quiet" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${name}</text></svg>
<table><thead><tr><th class="n">${name}</th><th class="n">goodput /s</th><th class="n">p99</th><th class="n">contained</th></tr></thead><tbody>${points.map(
    (point) =>
      html`<tr><td class="n">${figure(point.value)}</td><td class="n">${figure(point.goodput)}</td><td class="n">${time(point.p99Ms)}</td><td class="n">${Math.round(point.contained * point.seeds)} of ${point.seeds} seeds</td></tr>`,
  )}</tbody></table></div>`
}

function mark({ contained }: SweepPoint, x: number, y: number): Html {
  if (contained === 0) return html`<rect class="point bad" x="${x - 5}" y="${y - 5}" width="10" height="10"/>`
  return html`<circle class="${contained === 1 ? 'good' : 'none'}" cx="${x}" cy="${y}" r="5.5"/>`
}

/** How far along the axis a value stands, 0 to 1. */
function reach(value: number, points: readonly SweepPoint[]): number {
  const values = points.map((point) => point.value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return high === low ? 0.5 : (value - low) / (high - low)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
