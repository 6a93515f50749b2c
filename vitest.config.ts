import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begin first, longest first: each waits a minute or so for limits or people, alone at the end if it began there. */
const longWaits = ['test/e2e/soak.test.ts', 'test/e2e/shared-login.test.ts', 'test/e2e/told-others.test.ts'];

const globalSetup = './scripts/lib/before-tests.js';

class LongWaitsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longWaits.indexOf(relative(this.ctx.config.root, moduleId));
      return at < 0 ? longWaits.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  ssr: { resolve: { conditions: ['sandbox-source'] } },
  test: {
    pool: 'forks',
    // Ample: nothing is asserted of how long it takes, and four processes share two cores.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // What is waited for comes when it comes: on a busy machine a process alone needs more than the default second.
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: LongWaitsFirst },
    projects: [
      {
        extends: true,
        // They wait for processes, phones and limits more than they work.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'rest',
          include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
