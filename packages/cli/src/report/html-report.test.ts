import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { htmlReport } from './html-report.ts'
import type { PageData } from './page-data.ts'
import { plantedRun } from './planted-run.fixture.ts'

const protectedRun = plantedRun('protected')
const page = htmlReport({ runs: [protectedRun, plantedRun('control')], findings: [] })
const between = (start: string, end: string): string =>
  page.slice(page.indexOf(start) + start.length, page.indexOf(end, page.indexOf(start)))
const script = between('</script><script>', '</script></body>')
const data = JSON.parse(between('id="report-data">', '</script>')) as PageData

const digest = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

describe('the page of a report', () => {
  it('says the verdict in one sentence on top, then the reasons in a table', () => {
    expect(page).toContain('<h1>valentine (protected) stayed contained: all 3 conditions held.</h1>')
    expect(page.indexOf('<h1>')).toBeLessThan(page.indexOf('the retry budget kept the storm small'))
  })

  it('asks for nothing from anywhere', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#)/)
    expect(page).not.toMatch(/@import|url\(/)
    expect(page).toContain("default-src 'none'")
  })

  it('has a content policy that lets in its own script and style, and nothing else', () => {
    expect(page).toContain(`script-src '${digest(script)}'`)
    expect(page).toContain(`style-src '${digest(between('<style>', '</style>'))}'`)
    expect(page).not.toMatch(/ (?:style|on\w+)="/)
  })

  it('has a script that every browser can read, whatever the sources are written in', () => {
    expect(() => new Script(script)).not.toThrow()
    expect(script).not.toMatch(/^\s*(?:import|export) /m)
    expect(script).not.toContain('</script')
  })

  it('has a place for each panel of each plot, and none for a panel that shows nothing', () => {
    const places = [...page.matchAll(/data-plot="(\d+)" data-panel="(\d+)"/g)].map(
      ([, plot, panel]) => `${plot} ${panel}`,
    )
    const panels = data.plots.flatMap(({ panels: all }, plot) =>
      all.flatMap(({ lines, rows, run }) => (lines.length + rows.length > 0 ? [`${plot} ${run}`] : [])),
    )
    expect(places).toEqual(panels)
  })

  it('marks the faults of each run, in their order', () => {
    expect(data.runs.map(({ name }) => name)).toEqual(['protected', 'control'])
    expect(data.runs[0]?.marks.map(({ number, fromS, toS }) => [number, fromS, toS])).toEqual([
      [1, 120, undefined],
      [2, 300, 330],
    ])
  })

  it('of two runs of ten minutes stays below 400 KB', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(400_000)
  })

  it('shows the names that people gave as text, whatever is in them', () => {
    const hostile = htmlReport({
      runs: [{ ...protectedRun, scenario: '</script><img src=x onerror=alert(1)>' }],
      findings: [],
    })
    expect(hostile).not.toContain('<img')
  })

  it('tells the story in figures where no script runs', () => {
    const figures = between('<noscript>', '</noscript>')
    expect(figures).toContain('<caption>protected</caption>')
    expect(figures.match(/<tr>/g)).toHaveLength(42)
  })

  it('says the states of circuits in words too', () => {
    expect(page).toContain('circuit-breaker: closed from 0 s, open from 121 s, half-open from 151 s, closed from 156 s')
  })
})
