import type uPlot from 'uplot'
import type { BandRow } from '../page-data.ts'
import type { Drawing, Pen } from './browser.ts'

/** How far the hatching of a state is apart, in CSS pixels; none for a state that needs no attention. */
const HATCHING: Readonly<Record<string, number>> = { open: 7, 'half-open': 14 }

/** Draws rows of states: told apart by hatching and their names as well as by colour. */
export function drawBands(chart: uPlot, rows: readonly BandRow[], { colour, window }: Drawing): void {
  const pen = chart.ctx as Pen
  const ratio = window.devicePixelRatio
  const { left, top, width, height } = chart.bbox
  const each = height / rows.length
  const gap = Math.min(6 * ratio, each / 6)
  for (const [index, { bands }] of rows.entries()) {
    for (const { fromS, toS, state } of bands) {
      const from = Math.max(left, chart.valToPos(fromS, 'x', true))
      const to = Math.min(left + width, chart.valToPos(toS, 'x', true))
      if (to <= from) continue
      pen.save()
      pen.beginPath()
      pen.rect(from, top + index * each + gap, Math.max(to - from, ratio), each - 2 * gap)
      pen.clip()
      pen.fillStyle = colour(`--state-${state}`)
      pen.fillRect(from, top, to - from + ratio, height)
      hatch(pen, from, to, top, height, (HATCHING[state] ?? 0) * ratio, colour('--hatch'), ratio)
      pen.fillStyle = colour(`--on-state-${state}`)
      pen.font = `600 ${12 * ratio}px system-ui, sans-serif`
      pen.textAlign = 'center'
      pen.textBaseline = 'middle'
      const room = to - from - 8 * ratio
      if (pen.measureText(state).width <= room) pen.fillText(state, (from + to) / 2, top + (index + 0.5) * each)
      pen.restore()
    }
  }
}

function hatch(
  pen: Pen,
  from: number,
  to: number,
  top: number,
  height: number,
  apart: number,
  colour: string,
  ratio: number,
): void {
  if (apart === 0) return
  pen.strokeStyle = colour
  pen.lineWidth = ratio
  pen.setLineDash([])
  pen.beginPath()
  for (let at = from - height; at < to; at += apart) {
    pen.moveTo(at, top + height)
    pen.lineTo(at + height, top)
  }
  pen.stroke()
}
