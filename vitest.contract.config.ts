import { defineConfig } from 'vitest/config';

/** Checks the sandbox against RingCentral's public contract, which is no part of this repository. */
export default defineConfig({
  ssr: { resolve: { conditions: ['sandbox-source'] } },
  test: {
    include: ['packages/ringcentral-sandbox/test/contract/**/*.contract.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
