import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Html, html, jsonForScript } from './html.ts'

describe('markup', () => {
  it('escapes what is put in, unless it is markup itself', () => {
    const name = `<b title="x">O'Neill & sons</b>`
    expect(html`<p>${name}</p>`.text).toBe('<p>&lt;b title=&quot;x&quot;&gt;O&#39;Neill &amp; sons&lt;/b&gt;</p>')
    expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${2}</li>`]}</ul>${undefined}`.text).toBe(
      '<ul><li>1</li><li>2</li></ul>',
    )
    expect(html`${new Html('<br>')}`.text).toBe('<br>')
  })

  it('as data of a script cannot end the script or open a comment, and reads back the same', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('</script>', '<!--', '\u2028'))), (texts) => {
        const { text } = jsonForScript(texts)
        expect(text).not.toContain('<')
        expect(JSON.parse(text)).toEqual(texts)
      }),
    )
  })
})
