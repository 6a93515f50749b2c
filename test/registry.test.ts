import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * What of the registry's schema 2025-12-11 our entry uses. Strict, where the schema lets unknown members pass: a member
 * that it does not know would be lost.
 */
const exactVersion = z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
const input = {
  description: z.string(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  default: z.string().optional(),
};
const entry = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z
    .string()
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  repository: z.strictObject({ url: z.url(), source: z.literal('github') }),
  websiteUrl: z.url(),
  version: exactVersion,
  packages: z.array(
    z.strictObject({
      registryType: z.literal('npm'),
      identifier: z.string(),
      version: exactVersion,
      runtimeHint: z.literal('npx'),
      transport: z.strictObject({ type: z.literal('stdio') }),
      environmentVariables: z.array(z.strictObject({ name: z.string(), ...input })),
    }),
  ),
});

it('server.json has the form that the registry takes, and names the package that names it', () => {
  const server = entry.parse(readJson('server.json'));
  const { name, version, mcpName } = readJson('package.json');
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] });
});

it('server.json asks for variables that the README explains, and keeps secrets secret', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const { environmentVariables } of entry.parse(readJson('server.json')).packages) {
    for (const { name, isSecret = false } of environmentVariables) {
      expect(readme).toContain(name);
      expect(isSecret, name).toBe(/SECRET|JWT/.test(name));
    }
  }
});
