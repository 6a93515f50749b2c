import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is waited for comes when it comes: on a busy machine a process alone needs more than the default second.
    expect: { poll: { timeout: 10_000 } },
  },
});
