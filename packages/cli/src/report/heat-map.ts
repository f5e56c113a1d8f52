import type { Grid, GridCell, JsonValue } from 'watertight/simulation'
import { figure, share } from '../figures.ts'
import { type Html, html } from './html.ts'

const CELL_WIDTH = 112
const CELL_HEIGHT = 46
const LEFT = 150
const TOP = 42
/** The text in a cell has to stay readable on it. */
const STRONGEST = 0.6

/** Where it tips: a cell for each pair of values, darker the more of its seeds were contained, with the share in it as text. */
export function gridSection({ x, y, cells }: Grid): Html {
  const [width, height] = [LEFT + x.values.length * CELL_WIDTH, TOP + y.values.length * CELL_HEIGHT + 8]
  const at = (list: readonly JsonValue[], value: JsonValue): number =>
    list.findIndex((one) => text(one) === text(value))
  return html`<h2 id="grid">${x.path} × ${y.path}</h2><p class="quiet">Share of the seeds that was contained, and successes a second.</p>
<div class="scroll"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Contained or not, for ${x.path} and ${y.path}">
<text class="quiet" x="${LEFT}" y="14">${x.path} →</text><text class="quiet" x="${LEFT - 12}" y="${TOP - 10}" text-anchor="end">${y.path} ↓</text>
${x.values.map((value, column) => html`<text x="${LEFT + (column + 0.5) * CELL_WIDTH}" y="${TOP - 10}" text-anchor="middle">${text(value)}</text>`)}
${y.values.map((value, row) => html`<text x="${LEFT - 12}" y="${TOP + (row + 0.5) * CELL_HEIGHT + 4}" text-anchor="end">${text(value)}</text>`)}
${cells.map((cell) => gridCell(cell, LEFT + at(x.values, cell.x) * CELL_WIDTH, TOP + at(y.values, cell.y) * CELL_HEIGHT))}</svg></div>`
}

function gridCell({ contained, goodput }: GridCell, left: number, top: number): Html {
  const middle = left + CELL_WIDTH / 2
  const sign = contained === 1 ? '✓' : contained === 0 ? '✗' : '~'
  return html`<rect class="cell cold" x="${left}" y="${top}" width="${CELL_WIDTH}" height="${CELL_HEIGHT}"/><rect class="cell heat" x="${left}" y="${top}" width="${CELL_WIDTH}" height="${CELL_HEIGHT}" fill-opacity="${(contained * STRONGEST).toFixed(2)}"/><text x="${middle}" y="${top + 20}" text-anchor="middle">${sign} ${share(contained)}</text><text x="${middle}" y="${top + 36}" text-anchor="middle">${figure(goodput)}/s</text>`
}

function text(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
