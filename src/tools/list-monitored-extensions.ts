import { isInProgress } from '../calls/store/presence-comparison.ts';
import { nameInAdvice } from '../presentation/person-names.ts';
import { presentNumber } from '../presentation/views.ts';
import type { Platform } from '../ringcentral/platform.ts';
import type { ActiveCall } from '../ringcentral/wire/event.ts';
import { Failure } from '../shared/failure.ts';
import type { NextStep } from '../shared/next-step.ts';
import { clean } from '../shared/untrusted.ts';
import { defineTool } from './runtime/define-tool.ts';
import { limit } from './runtime/parameters.ts';
import { next, objects } from './runtime/result.ts';

export const listMonitoredExtensions = defineTool({
  name: 'list_monitored_extensions',
  title: 'List agents you may listen to',
  description:
    'List the agents whose calls you may listen to, with the ids of their live calls: id is agentExtensionId of ' +
    'supervise_call_session and supervise_call_party. For everybody in the company use find_extensions.',
  input: { limit },
  output: { extensions: objects, next },
  risk: 'read',
  idempotent: true,
  async run({ limit }, { line: { platform }, offers }) {
    const monitored = (await platform.listMonitoredExtensions()).slice(0, limit);
    const calls = await callsOf([...new Set(monitored.map(({ id }) => id))], platform);
    const extensions = monitored.map(({ name, groupName, ...extension }) => ({
      ...extension,
      ...(name !== undefined && { name: clean(name) }),
      ...(groupName !== undefined && { groupName: clean(groupName) }),
      ...(calls && { calls: calls.get(extension.id) ?? [] }),
    }));
    const lines = extensions.map(
      ({ id, extensionNumber, name = '', groupId, groupName = groupId, calls = [] }) =>
        [`extension ${extensionNumber} ${name}: id ${id}, group ${groupName}`, ...calls.map(callWords)].join(
          '; ',
        ),
    );
    return {
      text: [
        ...(lines.length > 0 ? lines : ['You are in no monitoring group with the right to listen.']),
        !calls && 'Which calls they have cannot be seen now.',
      ]
        .filter(Boolean)
        .join('\n'),
      data: { extensions },
      next: extensions
        .flatMap(listenSteps)
        .slice(0, mostSteps)
        .filter(({ tool }) => offers(tool)),
    };
  },
});

interface Agent {
  id: string;
  name?: string;
  calls?: readonly ActiveCall[];
}

/** Of so many calls a step is given. */
const mostSteps = 3;

/** To listen to the calls on which an agent talks. */
const listenSteps = ({ id, name = id, calls = [] }: Agent): NextStep[] =>
  calls
    .filter(({ telephonyStatus }) => telephonyStatus === 'CallConnected')
    .map((call) => ({
      tool: 'supervise_call_session',
      arguments: { telephonySessionId: call.telephonySessionId, agentExtensionId: id },
      why: `you listen to ${nameInAdvice(name)}'s call ${otherSide(call)}, after a yes`,
    }));

/**
 * Live calls by extension id, from presence: at extension scope nothing else has the ids of other people's calls
 * (platform.md 4.5, 8.7). Undefined where it cannot be read.
 */
async function callsOf(
  extensionIds: readonly string[],
  platform: Platform,
): Promise<Map<string, ActiveCall[]> | undefined> {
  try {
    const presences = await platform.readAvailability(extensionIds, { withCalls: true });
    return new Map(
      presences.map(({ extensionId, activeCalls = [] }) => [
        extensionId ?? '',
        activeCalls.filter(isInProgress).map(present),
      ]),
    );
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const present = ({ from, to, ...call }: ActiveCall): ActiveCall => ({
  ...call,
  from: from && presentNumber(from),
  to: to && presentNumber(to),
});

/** The states of a call in presence, in front of it. */
const presenceWords: Readonly<Record<string, string>> = {
  Ringing: 'ringing with',
  CallConnected: 'on',
  OnHold: 'holding',
  ParkedCall: 'parked',
};

const callWords = (call: ActiveCall): string =>
  `${presenceWords[call.telephonyStatus ?? ''] ?? 'on'} call ${call.telephonySessionId} ${otherSide(call)}`;

const otherSide = ({ direction, from, to }: ActiveCall): string =>
  direction === 'Inbound' ? `from ${from || 'unknown number'}` : `to ${to || 'unknown number'}`;
