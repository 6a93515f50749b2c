#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { defineSandboxCommand, UsageError } from './command-line.ts';

/** The exit code for wrong arguments. */
const usage = 2;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const command = defineSandboxCommand(new Command('ringcentral-sandbox'))
  .version(version)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage));

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = usage;
}
