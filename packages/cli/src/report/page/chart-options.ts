import type uPlot from 'uplot'
import type { Line, PageRun, Panel, Plot } from '../page-data.ts'
import type { Drawing } from './browser.ts'
import { drawBands } from './draw-bands.ts'
import { drawCrashes, drawMarks, drawPhases } from './draw-marks.ts'

const CHART_HEIGHT = 200
const BAND_HEIGHT = 34
const BAND_ROOM = 48
const AXIS_WIDTH = 58
const LEAST_OF_LOG = 1

/** Colour and dash pattern of each line style: the pattern tells lines apart where colours do not. */
const DASHES: readonly (readonly number[])[] = [[6, 4], [], [2, 3], [8, 3, 2, 3], [], [4, 2], [1, 2], [10, 4]]

/** How one panel is drawn: axes, lines, marks and bands, with a cursor that all charts share. */
export function chartOptions(plot: Plot, panel: Panel, run: PageRun, width: number, drawing: Drawing): uPlot.Options {
  const { colour, data } = drawing
  const banded = panel.rows.length > 0
  const least = plot.log ? LEAST_OF_LOG : 0
  const axis = { stroke: () => colour('--quiet'), font: '11px system-ui, sans-serif' }
  const lines = { stroke: () => colour('--grid'), width: 1 }
  return {
    width,
    height: banded ? BAND_ROOM + BAND_HEIGHT * panel.rows.length : CHART_HEIGHT,
    // Bands have no axis of values: their left edge is that of the other charts all the same.
    padding: [18, 22, 0, banded ? AXIS_WIDTH : 0],
    scales: {
      x: { time: false, range: (_chart, from, to) => [from ?? 0, to ?? data.untilS] },
      y: { distr: plot.log ? 3 : 1, range: () => [least, Math.max(plot.most * 1.05, least * 10, Number.MIN_VALUE)] },
    },
    axes: [
      {
        ...axis,
        grid: lines,
        ticks: lines,
        size: 28,
        values: (_chart, seconds) => seconds.map((second) => `${second} s`),
      },
      {
        ...axis,
        show: !banded,
        size: AXIS_WIDTH,
        grid: lines,
        ticks: { ...lines, size: 4 },
        values: (_chart, values) => values.map((value: number | null) => (value === null ? '' : shortNumber(value))),
      },
    ],
    series: [
      { label: 'at', value: (_chart, second: number | null) => (second === null ? '–' : `${shortNumber(second)} s`) },
      ...panel.lines.map((line) => lineOptions(line, plot.unit, drawing)),
      ...panel.rows.map((row) => ({
        label: row.label,
        stroke: () => colour('--quiet'),
        paths: () => null,
        points: { show: false },
        value: (_chart: uPlot, band: number | null) => (band === null ? '–' : (row.bands[band]?.state ?? '–')),
      })),
    ],
    cursor: { y: false, sync: { key: 'run' }, drag: { x: true, y: false }, points: { size: 6 } },
    legend: {
      live: true,
      markers: { width: 2, dash: (_chart: uPlot, index: number) => borderOf(panel.lines[index - 1]) },
    },
    hooks: {
      drawClear: [(chart) => drawPhases(chart, run, drawing)],
      draw: [
        (chart) => {
          if (banded) drawBands(chart, panel.rows, drawing)
          drawMarks(chart, run, drawing)
          drawCrashes(chart, panel.crashesS, drawing)
        },
      ],
    },
  }
}

function lineOptions({ label, style }: Line, unit: string, { colour }: Drawing): uPlot.Series {
  return {
    label,
    width: 1.5,
    stroke: () => colour(`--line-${style}`),
    dash: [...(DASHES[style] ?? [])],
    points: { show: false },
    spanGaps: false,
    value: (_chart, value: number | null) =>
      value === null ? '–' : `${shortNumber(value)}${unit === 'ms' ? ' ms' : unit}`,
  }
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

/** The dash pattern of a line, as a border can show it. */
function borderOf(line: Line | undefined): string {
  const [drawn] = DASHES[line?.style ?? 1] ?? []
  if (drawn === undefined) return 'solid'
  return drawn > 2 ? 'dashed' : 'dotted'
}
