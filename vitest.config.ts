import { defineConfig } from 'vitest/config'

const conditions = ['watertight-source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['watertight-source'] } },
  test: {
    include: ['{packages,apps,bench}/*/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    setupFiles: ['scripts/require-pinned-node.ts'],
    execArgv: ['--conditions=watertight-source'],
    testTimeout: 30_000,
  },
})
