/** One measured number. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'ratio' | 'ns' | 'us' | 's' | '1/s' | 'bytes' | 'KB' | 'MB' | 'imports'
  /** What the design asks for; undefined where a number stands for comparison only. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
}

/** A group of figures that are measured in one process, so that they can be compared. */
export interface Suite {
  readonly name: string
  /** Whether a missed goal fails the run: only where the figures are the same on every machine. Default: false. */
  readonly strict?: boolean
  /** `progress` tells a person what is being measured. */
  run(progress: (what: string) => void): Promise<readonly Figure[]>
}

/** Whether a figure reaches its goal; undefined when it has none. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}
