const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A piece of a page: markup that is safe to put into other markup. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | undefined | readonly Html[]

/**
 * Markup from a template: what is put in is escaped, unless it is markup itself.
 *
 * @example
 * html`<p>${'1 < 2'}</p>`.text // <p>1 &lt; 2</p>
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((string, index) => (index === 0 ? string : markup(parts[index - 1]) + string)).join(''))
}

/** Data as JSON that may stand inside a script element: no text in it can end the element, or open a comment. */
export function jsonForScript(data: object): Html {
  return new Html(JSON.stringify(data).replaceAll('<', String.raw`\u003c`))
}

function markup(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(({ text }) => text).join('')
  return String(part).replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}
