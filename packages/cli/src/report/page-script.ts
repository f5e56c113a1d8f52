import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'

/** The parts of the page's script, each before those that use it. */
const PARTS = ['unfold', 'draw-marks', 'draw-bands', 'chart-options', 'page']
const IMPORT = /^import [^;]*?from ['"][^'"]+['"];?$/gm
const EXPORT = /^export (?=(?:async )?(?:function|const|class) |\{\};?$)/gm
const NOTHING = /^\{\};?$/gm
const SOURCE_MAP = /^\/\/# sourceMappingURL=.*$/gm

const require = createRequire(import.meta.url)

/** The script that draws a report: uPlot and our own part, ready to stand in a page. Works from the sources and from what is published. */
export function pageScript(): string {
  const uPlot = readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8').trim()
  const own = PARTS.map(part).join('\n')
  return `${uPlot}\n;(() => {\n'use strict'\n${own}\ndrawReport(window)\n})()`
}

/** The style sheet of uPlot. */
export function plotStyle(): string {
  return readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8').trim()
}

/** A module of ours as a piece of one script: its types, imports and exports removed. */
function part(name: string): string {
  const asSource = import.meta.url.endsWith('.ts')
  const text = readFileSync(new URL(`./page/${name}.${asSource ? 'ts' : 'js'}`, import.meta.url), 'utf8')
  const script = asSource ? stripTypeScriptTypes(text) : text
  return script.replaceAll(SOURCE_MAP, '').replaceAll(IMPORT, '').replaceAll(EXPORT, '').replaceAll(NOTHING, '').trim()
}
