import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { binary, outcome, quietEnvironment } from './support/process.ts';

/** Runs a script of Node to its end, with what a person types. */
function script(args: string[], typed = '', env: Record<string, string> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { env: { ...quietEnvironment(), ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end(typed);
  });
}

describe('the host in thirty lines', () => {
  const call = ['create_call_out_call_session', '{"toPhoneNumber":"+12125550123"}'];
  const host = (typed: string) => script(['examples/host.js', ...call], typed, { SERVER: `node ${binary}` });

  it('puts the question of the guard to the person, and calls where they say yes', async () => {
    const { code, stdout, stderr } = await host('y\n');
    expect(stderr).toMatch(/SANDBOX[^\n]*wants to call \+12125550123/);
    expect(stdout).toMatch(/\+12125550123 \(United States\) is called/);
    expect(code).toBe(0);
  });

  it('calls nobody where they say no', async () => {
    const { code, stdout } = await host('n\n');
    expect(stdout).toMatch(/^not_confirmed: The person said no/);
    expect(code).toBe(1);
  });

  it('has thirty lines, and a few that say how to run it', () => {
    const lines = readFileSync('examples/host.js', 'utf8').trim().split('\n');
    const code = lines.filter((line) => line !== '' && !line.trim().startsWith('//'));
    expect(code.length).toBeLessThanOrEqual(30);
  });
});

it('the test of somebody’s app passes on the sandbox', async () => {
  const { code, stdout } = await script([
    ...['--import', 'tsx', '--conditions=sandbox-source', '--test', 'examples/app.test.js'],
  ]);
  expect(stdout).toMatch(/^# pass 1$/m);
  expect(code).toBe(0);
});

it('the policy file is one that the server takes', async () => {
  const { code, stdout } = await outcome(['doctor', '--sandbox', '--policy', 'examples/policy.yaml']);
  expect(stdout).toContain('ok    policy: examples/policy.yaml');
  expect(code).toBe(0);
});

it('every example is listed, and every one that is listed is there', () => {
  const listed = [...readFileSync('examples/README.md', 'utf8').matchAll(/^\| \[.*\]\((.+?)\)/gm)].map(
    ([, path = '']) => path,
  );
  for (const path of listed) expect(existsSync(`examples/${path}`), path).toBe(true);
  const entries = readdirSync('examples').filter((name) => name !== 'README.md');
  expect([...new Set(listed.map((path) => path.split('/')[0]))].sort()).toEqual(entries.sort());
});
