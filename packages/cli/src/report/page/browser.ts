import type uPlot from 'uplot'
import type { PageData } from '../page-data.ts'

/** What the script of a report uses of the browser. */
export interface PageElement {
  readonly clientWidth: number
  readonly dataset: Readonly<Record<string, string>>
  textContent: string
  querySelectorAll(selector: string): Iterable<PageElement>
  replaceChildren(): void
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

/** What the script of a report uses of a canvas. */
export interface Pen {
  fillStyle: string
  strokeStyle: string
  lineWidth: number
  font: string
  textAlign: string
  textBaseline: string
  save(): void
  restore(): void
  beginPath(): void
  rect(left: number, top: number, width: number, height: number): void
  clip(): void
  moveTo(left: number, top: number): void
  lineTo(left: number, top: number): void
  stroke(): void
  fillRect(left: number, top: number, width: number, height: number): void
  strokeRect(left: number, top: number, width: number, height: number): void
  fillText(text: string, left: number, top: number): void
  measureText(text: string): { readonly width: number }
  setLineDash(dash: readonly number[]): void
}

/** The window of a report: the browser's own, and uPlot, which stands before this script. */
export interface PageWindow {
  readonly uPlot: typeof uPlot
  readonly devicePixelRatio: number
  readonly document: {
    readonly documentElement: PageElement
    getElementById(id: string): PageElement
    querySelectorAll(selector: string): Iterable<PageElement>
  }
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string }
  matchMedia(query: string): { addEventListener(type: 'change', listener: () => void): void }
  addEventListener(type: 'resize' | 'beforeprint' | 'afterprint', listener: () => void): void
  requestAnimationFrame(draw: () => void): number
}

/** A chart that is drawn, of what run it is, and the paint that its theme has. */
export interface Drawing {
  readonly data: PageData
  readonly window: PageWindow
  /** The colour that a variable of the style sheet has now. */
  readonly colour: (name: string) => string
}
