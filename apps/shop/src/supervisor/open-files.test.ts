import { describe, expect, it } from 'vitest'
import { openFilesLimit, requireOpenFiles } from './open-files.ts'

describe('the limit of open files', () => {
  it('is known on this machine', () => {
    expect(openFilesLimit()).toBeGreaterThan(0)
  })

  it('is refused in one line when it is too low, with what to do', () => {
    expect(() => requireOpenFiles(13_000, 1_024)).toThrow(
      /^this run may need 13000 open files .* the limit is 1024: raise it with "ulimit -n 13000"/,
    )
    expect(() => requireOpenFiles(13_000, 1_024)).toThrow(expect.objectContaining({ exitCode: 1 }))
  })

  it('is fine when it is high enough, or not known', () => {
    expect(() => requireOpenFiles(1_000, 1_000)).not.toThrow()
    expect(() => requireOpenFiles(1_000, undefined)).not.toThrow()
  })
})
