import type uPlot from 'uplot'
import type { BandRow, PageData } from '../page-data.ts'
import type { Drawing, PageElement, PageWindow } from './browser.ts'
import { chartOptions } from './chart-options.ts'
import { unfold } from './unfold.ts'

const PRINTED_WIDTH = 680

/** Draws all charts of a report into their places; again when the window, the theme or the medium changes. */
export function drawReport(window: PageWindow): void {
  const { document } = window
  const data = JSON.parse(document.getElementById('report-data').textContent) as PageData
  const charts: uPlot[] = []
  let zoomed: readonly [number, number] | undefined
  let scheduled = false

  const draw = (width?: number): void => {
    const style = window.getComputedStyle(document.documentElement)
    const drawing: Drawing = { data, window, colour: (name) => style.getPropertyValue(name).trim() }
    for (const chart of charts.splice(0)) chart.destroy()
    for (const place of document.querySelectorAll('[data-plot]')) drawChart(place, drawing, width)
  }

  const drawChart = (place: PageElement, drawing: Drawing, width?: number): void => {
    const plot = data.plots[Number(place.dataset['plot'])]
    const panel = plot?.panels[Number(place.dataset['panel'])]
    const run = panel === undefined ? undefined : data.runs[panel.run]
    if (plot === undefined || panel === undefined || run === undefined) return
    place.replaceChildren()
    const options = chartOptions(plot, panel, run, width ?? place.clientWidth, drawing)
    const seconds = Array.from({ length: data.points }, (_, point) => Math.min((point + 1) * data.stepS, data.untilS))
    const chart = new window.uPlot(
      { ...options, hooks: { ...options.hooks, setScale: [(moved, scale) => void (scale === 'x' && zoomAll(moved))] } },
      [
        [0, ...seconds],
        ...panel.lines.map(({ values }) => [null, ...unfold(values)]),
        ...panel.rows.map((row) => [0, ...stateAt(row, seconds)]),
      ],
      place,
    )
    charts.push(chart)
    // Until somebody points at it, its cursor would stand in the corner.
    chart.setCursor({ left: -10, top: -10 }, false)
    if (zoomed !== undefined) chart.setScale('x', { min: zoomed[0], max: zoomed[1] })
  }

  /** What is zoomed in one chart is zoomed in all, so that one moment can be looked at from every side. */
  const zoomAll = ({ scales }: uPlot): void => {
    const { min, max } = scales['x'] ?? {}
    if (min === undefined || max === undefined || (zoomed?.[0] === min && zoomed[1] === max)) return
    zoomed = [min, max]
    for (const chart of charts) chart.setScale('x', { min, max })
  }

  const drawSoon = (): void => {
    if (scheduled) return
    scheduled = true
    window.requestAnimationFrame(() => {
      scheduled = false
      draw()
    })
  }

  draw()
  window.addEventListener('resize', drawSoon)
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawSoon)
  // A printer has no dark paper, and a page its own width: drawn before the browser takes its picture.
  window.addEventListener('beforeprint', () => {
    document.documentElement.setAttribute('data-printing', '')
    draw(PRINTED_WIDTH)
  })
  window.addEventListener('afterprint', () => {
    document.documentElement.removeAttribute('data-printing')
    draw()
  })
}

/** For each second the index of the band that it lies in. */
function stateAt({ bands }: BandRow, seconds: readonly number[]): (number | null)[] {
  return seconds.map((second) => {
    const found = bands.findIndex(({ fromS, toS }) => fromS < second && second <= toS)
    return found < 0 ? null : found
  })
}
