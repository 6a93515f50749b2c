import { once } from 'node:events';
import { expect, it } from 'vitest';
import { quietEnvironment, run } from './support/process.ts';

it.each<[string[], number]>([
  [['--help'], 0],
  [['key', 'desk'], 0],
  [['key', '--team'], 0],
  [['passcode'], 0],
  [['doctor', '--sandbox'], 0],
  [['doctor', '--sandbox', '--policy', '/no/such.yaml'], 1],
  [['demo'], 0],
  [['sandbox'], 0],
])('%j goes to its end, and says nothing of it, where nobody reads its output', async (args, expected) => {
  const command = run(args, quietEnvironment());
  command.child.stdout?.destroy();
  const [code] = await once(command.child, 'close');
  expect(command.stderr()).not.toMatch(/EPIPE|Unhandled| {4}at /);
  expect(code).toBe(expected);
});
