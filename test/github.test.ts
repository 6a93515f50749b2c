import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const filesIn = (folder: string) => readdirSync(folder).map((name) => `${folder}/${name}`);
const read = (path: string) => readFileSync(path, 'utf8');

interface Step {
  uses?: string;
  run?: string;
}
interface Job {
  'runs-on': string;
  'timeout-minutes': number;
  permissions?: Record<string, string>;
  steps: Step[];
}
interface Workflow {
  on: object;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

describe.each(filesIn('.github/workflows'))('%s', (path) => {
  const workflow: Workflow = parse(read(path));
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('may by default only read, and ends by itself', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('takes actions at a commit, which nobody can move', () => {
    for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it('runs only scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const { run = '' } of steps) {
      for (const [, name = ''] of run.matchAll(/npm run (?:--\S+ )*([\w:-]+)/g))
        expect(scripts).toHaveProperty(name);
      for (const [, file = ''] of run.matchAll(/\b(?:bash|node) ([\w./-]*\/[\w./-]+)/g))
        expect(() => read(file), file).not.toThrow();
    }
  });
});

it('CI is what must hold before a change lands', () => {
  const { jobs }: Workflow = parse(read('.github/workflows/ci.yml'));
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run));
  expect(runs).toContain('bash .ci/run');
});

it('a release is published with provenance, by the identity of the workflow', () => {
  const { jobs }: Workflow = parse(read('.github/workflows/release.yml'));
  const publishes = ({ steps }: Job) => steps.some(({ run }) => run?.includes('npm publish --provenance'));
  const publishing = Object.values(jobs).filter(publishes);
  expect(publishing).toHaveLength(1);
  expect(publishing[0]?.permissions).toMatchObject({ 'id-token': 'write' });
  expect(read('.github/workflows/release.yml')).not.toMatch(/secrets\./);
});

interface Form {
  name: string;
  description: string;
  body: { type: string; id?: string; attributes: { label?: string; value?: string; options?: unknown[] } }[];
}

describe.each(filesIn('.github/ISSUE_TEMPLATE').filter((path) => !path.endsWith('config.yml')))(
  '%s',
  (path) => {
    // As GitHub reads it: a bare yes or no is a boolean, which it refuses as an option.
    const { name, description, body }: Form = parse(read(path), { version: '1.1' });

    it('is a form that GitHub shows', () => {
      expect(name && description).toBeTruthy();
      const questions = body.filter(({ type }) => type !== 'markdown');
      expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
      for (const { type, attributes } of body) {
        expect(['markdown', 'textarea', 'input', 'dropdown']).toContain(type);
        expect(attributes.label ?? attributes.value).toBeTypeOf('string');
        for (const option of attributes.options ?? []) expect(option).toBeTypeOf('string');
      }
    });
  },
);

it('who finds a hole is sent away from public issues', () => {
  const { contact_links: links } = parse(read('.github/ISSUE_TEMPLATE/config.yml'));
  expect(links).toEqual([
    expect.objectContaining({ url: expect.stringMatching(/security\/advisories\/new$/) }),
  ]);
});
