import { readFile } from 'node:fs/promises';
import { Failure } from '../../shared/failure.ts';
import type { Policy, ToolRisk } from './policy.ts';
import { situationNames } from './policy.ts';
import type { PresetName } from './presets.ts';
import { presetNames, presets } from './presets.ts';

/**
 * The policy of `--policy`: a preset by name, or a YAML file that extends one. Read once, at start.
 * @param loadTools is asked only where a tool may be named
 * Throws `Failure` (`invalid_input`) for the person who starts the server, naming line and member.
 */
export async function loadPolicy(
  nameOrFile: string,
  allowUnconfirmed: readonly string[],
  loadTools: () => Promise<readonly ToolRisk[]>,
): Promise<Policy> {
  if (allowUnconfirmed.length === 0 && isPreset(nameOrFile)) return presets[nameOrFile];
  const acting = (await loadTools()).filter(({ risk }) => risk !== 'read');
  for (const name of allowUnconfirmed) {
    if (!acting.some((tool) => tool.name === name)) {
      throw new Failure(
        'invalid_input',
        `--allow-unconfirmed ${name}: there is no acting tool of this name.`,
      );
    }
  }
  if (isPreset(nameOrFile)) return presets[nameOrFile];
  const text = await readFile(nameOrFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      'invalid_input',
      `--policy ${nameOrFile}: not one of ${presetNames.join(', ')}, and no file that can be read (${error.code}).`,
    );
  });
  const { parsePolicy } = await import('./policy-file.ts');
  const { policy, lineOf } = parsePolicy(text, nameOrFile, acting);
  for (const { name, risk } of acting) {
    const row = policy.tools[name] ?? (risk === 'read' ? undefined : policy.classes[risk]);
    const open = situationNames.find((situation) => row?.[situation] === 'allow');
    if (risk === 'destructive' && open && !allowUnconfirmed.includes(name)) {
      const member = policy.tools[name] ? ['tools', name] : ['classes', risk];
      throw new Failure(
        'invalid_input',
        `${nameOrFile}:${lineOf(member)}: ${member.join('.')} lets ${name} act without a question. ` +
          `Start with --allow-unconfirmed ${name} if that is meant.`,
      );
    }
  }
  return policy;
}

const isPreset = (name: string): name is PresetName => presetNames.some((preset) => preset === name);
