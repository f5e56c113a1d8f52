import type uPlot from 'uplot'
import type { PageRun } from '../page-data.ts'
import type { Drawing, Pen } from './browser.ts'

/** Shades and names the phases of a run behind a chart. */
export function drawPhases(chart: uPlot, run: PageRun, { colour, window }: Drawing): void {
  const pen = chart.ctx as Pen
  const ratio = window.devicePixelRatio
  const { left, top, width, height } = chart.bbox
  pen.save()
  pen.beginPath()
  pen.rect(left, top, width, height)
  pen.clip()
  pen.font = `${10 * ratio}px system-ui, sans-serif`
  pen.textAlign = 'left'
  pen.textBaseline = 'top'
  const at = (seconds: number): number => chart.valToPos(seconds, 'x', true)
  for (const [index, { fromS, toS }] of run.phases.entries()) {
    // Neighbours differ, so that it shows where one ends.
    pen.fillStyle = colour(index % 2 === 0 ? '--phase' : '--phase-next')
    pen.fillRect(at(fromS), top, at(toS) - at(fromS), height)
  }
  pen.fillStyle = colour('--quiet')
  for (const [index, { name, fromS, toS }] of run.phases.entries()) {
    // Phases may lie inside each other: their names stand below each other.
    const row = top + (2 + (index % 2) * 12) * ratio
    if (pen.measureText(name).width < at(toS) - at(fromS)) pen.fillText(name, at(fromS) + 3 * ratio, row)
  }
  pen.restore()
}

/** Draws the faults of a run over a chart: a dashed line with the number that the list of faults gives it, and a bar for as long as it lasts. */
export function drawMarks(chart: uPlot, run: PageRun, { colour, window }: Drawing): void {
  const pen = chart.ctx as Pen
  const { left, top, width, height } = chart.bbox
  const ratio = window.devicePixelRatio
  pen.save()
  pen.beginPath()
  pen.rect(left, top - 16 * ratio, width + 8 * ratio, height + 16 * ratio)
  pen.clip()
  pen.font = `${11 * ratio}px system-ui, sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'bottom'
  pen.lineWidth = ratio
  for (const { fromS, toS, number } of run.marks) {
    const at = chart.valToPos(fromS, 'x', true)
    if (at < left || at > left + width) continue
    pen.strokeStyle = colour('--fault')
    pen.fillStyle = colour('--fault')
    pen.setLineDash([3 * ratio, 3 * ratio])
    pen.beginPath()
    pen.moveTo(at, top)
    pen.lineTo(at, top + height)
    pen.stroke()
    pen.fillText(`▼${number}`, at, top)
    if (toS !== undefined) pen.fillRect(at, top, chart.valToPos(toS, 'x', true) - at, 3 * ratio)
  }
  pen.restore()
}

/** Draws a cross at the foot of a chart for each crash of an instance. */
export function drawCrashes(chart: uPlot, crashesS: readonly number[], { colour, window }: Drawing): void {
  const pen = chart.ctx as Pen
  const { left, top, width, height } = chart.bbox
  const arm = 4 * window.devicePixelRatio
  const foot = top + height - 2 * arm
  pen.save()
  pen.strokeStyle = colour('--fault')
  pen.lineWidth = 2 * window.devicePixelRatio
  pen.setLineDash([])
  pen.beginPath()
  for (const crashS of crashesS) {
    const at = chart.valToPos(crashS, 'x', true)
    if (at < left || at > left + width) continue
    pen.moveTo(at - arm, foot - arm)
    pen.lineTo(at + arm, foot + arm)
    pen.moveTo(at - arm, foot + arm)
    pen.lineTo(at + arm, foot - arm)
  }
  pen.stroke()
  pen.restore()
}
