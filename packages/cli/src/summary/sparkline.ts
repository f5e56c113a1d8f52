const BLOCKS = '▁▂▃▄▅▆▇█'
const NOTHING = ' '

/**
 * A series in one line of text, on a scale from 0 to `most`: each character shows the largest of its stretch, so that no peak is
 * lost. Where there was nothing to measure stands a blank.
 *
 * @example
 * sparkline([0, 5, 10, null], 4, 10) // '▁▅█ '
 */
export function sparkline(values: readonly (number | null)[], width: number, most: number): string {
  const columns = Math.min(width, values.length)
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns)
    const to = Math.floor(((column + 1) * values.length) / columns)
    const known = values.slice(from, to).filter((value) => value !== null)
    return known.length === 0 ? NOTHING : block(Math.max(...known), most)
  }).join('')
}

function block(value: number, most: number): string {
  const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0
  return BLOCKS[Math.round(share * (BLOCKS.length - 1))] ?? NOTHING
}
