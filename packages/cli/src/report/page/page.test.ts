import type uPlot from 'uplot'
import { describe, expect, it } from 'vitest'
import { type PageData, pageRun } from '../page-data.ts'
import { plantedRun } from '../planted-run.fixture.ts'
import { plotGroups } from '../plots.ts'
import type { PageElement, PageWindow, Pen } from './browser.ts'
import { drawReport } from './page.ts'

const runs = [plantedRun('protected'), plantedRun('control')]
const plots = plotGroups(runs).flatMap((group) => group.plots)
const data: PageData = { stepS: 1, points: 600, untilS: 600, runs: runs.map(pageRun), plots }

/** A chart that is not painted, but remembers what it was told to be. */
class Chart {
  readonly options: uPlot.Options
  readonly data: readonly (readonly (number | null)[])[]
  readonly scales = { x: { min: 0, max: 600 } }
  readonly bbox = { left: 0, top: 0, width: 600, height: 100 }
  readonly ctx: Pen
  readonly drawn: string[] = []
  cursor: unknown
  destroyed = false

  constructor(options: uPlot.Options, values: readonly (readonly (number | null)[])[]) {
    this.options = options
    this.data = values
    const still = (): undefined => undefined
    this.ctx = {
      fillStyle: '',
      strokeStyle: '',
      lineWidth: 0,
      font: '',
      textAlign: '',
      textBaseline: '',
      save: still,
      restore: still,
      beginPath: still,
      rect: still,
      clip: still,
      moveTo: still,
      lineTo: still,
      fillRect: still,
      strokeRect: still,
      setLineDash: still,
      stroke: () => void this.drawn.push('stroke'),
      fillText: (text) => void this.drawn.push(`text ${text}`),
      measureText: () => ({ width: 10 }),
    }
  }

  paint(): void {
    const self = this as unknown as uPlot
    for (const hook of this.options.hooks?.drawClear ?? []) hook?.(self)
    for (const hook of this.options.hooks?.draw ?? []) hook?.(self)
  }

  setScale(scale: string, { min, max }: { min: number; max: number }): void {
    if (this.scales.x.min === min && this.scales.x.max === max) return
    Object.assign(this.scales.x, { min, max })
    for (const hook of this.options.hooks?.setScale ?? []) hook?.(this as unknown as uPlot, scale)
  }

  setCursor(cursor: unknown): void {
    this.cursor = cursor
  }

  destroy(): void {
    this.destroyed = true
  }

  valToPos(value: number): number {
    return value
  }
}

/** A page with a place for every panel that shows something. */
function opened() {
  const charts: Chart[] = []
  const attributes = new Set<string>()
  const listeners = new Map<string, () => void>()
  const element = (own: Partial<PageElement>): PageElement => ({
    clientWidth: 500,
    dataset: {},
    textContent: '',
    querySelectorAll: () => [],
    replaceChildren: () => undefined,
    setAttribute: (name) => void attributes.add(name),
    removeAttribute: (name) => void attributes.delete(name),
    ...own,
  })
  const places = plots.flatMap(({ panels }, plot) =>
    panels.flatMap(({ lines, rows, run }) =>
      lines.length + rows.length > 0 ? [element({ dataset: { plot: String(plot), panel: String(run) } })] : [],
    ),
  )
  class Remembered extends Chart {
    constructor(options: uPlot.Options, values: readonly (readonly (number | null)[])[]) {
      super(options, values)
      charts.push(this)
    }
  }
  const window: PageWindow = {
    uPlot: Remembered as unknown as typeof uPlot,
    devicePixelRatio: 1,
    document: {
      documentElement: element({}),
      getElementById: () => element({ textContent: JSON.stringify(data) }),
      querySelectorAll: () => places,
    },
    getComputedStyle: () => ({ getPropertyValue: (name) => name }),
    matchMedia: () => ({ addEventListener: (_type, listener) => void listeners.set('theme', listener) }),
    addEventListener: (type, listener) => void listeners.set(type, listener),
    requestAnimationFrame(draw) {
      draw()
      return 0
    },
  }
  drawReport(window)
  return {
    charts,
    places,
    attributes,
    happens: (what: string) => listeners.get(what)?.(),
    alive: () => charts.filter(({ destroyed }) => !destroyed),
  }
}

describe('the script of a report', () => {
  it('draws a chart into every place, each line as long as the time', () => {
    const { charts, places } = opened()
    expect(charts).toHaveLength(places.length)
    for (const { data: columns } of charts) expect(new Set(columns.map(({ length }) => length))).toEqual(new Set([601]))
  })

  it('lets all charts share one cursor, which nobody sees before he points', () => {
    const { charts } = opened()
    expect(new Set(charts.map(({ options }) => options.cursor?.sync?.key))).toEqual(new Set(['run']))
    for (const { cursor } of charts) expect(cursor).toEqual({ left: -10, top: -10 })
  })

  it('zooms all charts when one is zoomed, and keeps it when the window changes', () => {
    const { charts, happens, alive } = opened()
    charts[3]?.setScale('x', { min: 100, max: 200 })
    expect(new Set(charts.map(({ scales }) => `${scales.x.min} ${scales.x.max}`))).toEqual(new Set(['100 200']))
    happens('resize')
    expect(alive().every(({ scales }) => scales.x.min === 100)).toBe(true)
    expect(alive()).toHaveLength(charts.length / 2)
  })

  it('draws anew for paper, and again for the screen afterwards', () => {
    const { attributes, happens, alive } = opened()
    happens('beforeprint')
    expect([...attributes]).toEqual(['data-printing'])
    expect(new Set(alive().map(({ options }) => options.width))).toEqual(new Set([680]))
    happens('afterprint')
    expect([attributes.size, alive()[0]?.options.width]).toEqual([0, 500])
  })

  it('marks faults by their number, names phases, and hatches what needs attention', () => {
    const { charts } = opened()
    for (const chart of charts) chart.paint()
    const banded = charts.find(({ options }) => options.series.some(({ label }) => label === 'circuit-breaker'))
    expect(charts[0]?.drawn).toEqual(expect.arrayContaining(['text spike', 'text ▼1', 'text ▼2']))
    expect(banded?.drawn.filter((what) => /text (?:open|closed)/.test(what))).toEqual([
      'text closed',
      'text open',
      'text closed',
    ])
    // Two bands are hatched, two faults have a line, and crosses are drawn at once.
    expect(banded?.drawn.filter((what) => what.startsWith('stroke'))).toHaveLength(5)
  })

  it('reads out a state by its name, and a number with its unit', () => {
    const { charts } = opened()
    const read = (label: string, value: number): unknown => {
      const series = charts.flatMap(({ options }) => options.series).find((one) => one.label === label)
      return typeof series?.value === 'function' ? series.value({} as uPlot, value, 1, 1) : undefined
    }
    expect([read('circuit-breaker', 1), read('offered', 1_467.2), read('p99', 12.345), read('at', 180)]).toEqual([
      'open',
      '1,467/s',
      '12.3 ms',
      '180 s',
    ])
  })
})
