import type { SessionView } from '../../calls/store/views.ts';
import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';
import { resolveCall } from './resolve-call.ts';
import { colleagueNumber } from './resolve-colleague.ts';
import { defaultPhone } from './resolve-phone.ts';

type Args = Record<string, unknown>;

/** The arguments of an act, with ids. */
export interface ResolvedArguments {
  args: Args;
  /** Why the call, as it was just read, is not the one that was meant by a name or number. */
  mismatch?(reading: SessionView): Failure | undefined;
}

/**
 * The arguments with what they leave out or paraphrase filled in, so that the guard judges, shows and binds ids: the
 * calls, the phone that is used, colleagues who are named, and the own mailbox.
 * @throws Failure where it is not clear what is meant
 */
export async function resolveArguments(
  tool: ActionTool,
  args: Args,
  context: ToolContext,
): Promise<ResolvedArguments> {
  const { telephonySessionId, targetTelephonySessionId: target } = args;
  const { phone } = tool;
  const call =
    typeof telephonySessionId === 'string'
      ? await resolveCall(telephonySessionId, { acts: true, listens: tool.risk === 'listen' }, context)
      : undefined;
  return {
    args: {
      ...args,
      ...(call && { telephonySessionId: call.id }),
      ...(typeof target === 'string' && { targetTelephonySessionId: await otherCall(target, context) }),
      ...(phone !== undefined &&
        args[phone] === undefined && { [phone]: await defaultPhone(phone, context) }),
      ...(await namedColleagues(args, context)),
      ...(await agentById(args, context)),
      ...(isOwnMailbox(args) && { voicemail: (await context.line.directory.identity()).extensionId }),
    },
    ...(call?.mismatch && { mismatch: call.mismatch }),
  };
}

/** Parameters that name an extension by its number, or by the name of a colleague. */
const ofExtensions = ['extensionNumber', 'toExtensionNumber'] as const;

async function namedColleagues(args: Args, context: ToolContext): Promise<Args> {
  const resolved = ofExtensions.map(async (parameter) => {
    const given = args[parameter];
    return typeof given === 'string' ? { [parameter]: await colleagueNumber(given, parameter, context) } : {};
  });
  return Object.assign({}, ...(await Promise.all(resolved)));
}

/** The agent who is named by number, by id: only that tells whether they are on the call. */
async function agentById({ agentExtensionNumber: given }: Args, { line }: ToolContext): Promise<Args> {
  if (typeof given !== 'string') return {};
  const extensions = await line.directory.extensions();
  const agent = extensions.find(({ extensionNumber }) => extensionNumber === given.trim());
  if (agent) return { agentExtensionNumber: undefined, agentExtensionId: agent.id };
  throw new Failure('not_found', 'There is no such extension in the company. Nothing was done.', {
    parameter: 'agentExtensionNumber',
    next: ['list_monitored_extensions'],
  });
}

/** The second call of an act. The guard checks only the first against its name, so this one is read again. */
async function otherCall(given: string, context: ToolContext): Promise<string> {
  const parameter = 'targetTelephonySessionId';
  const { id, mismatch } = await resolveCall(given, { parameter, acts: true }, context);
  if (mismatch === undefined) return id;
  const { sync } = context.line;
  const failure = mismatch(await sync.refresh(id, { signal: context.signal }));
  if (failure) throw failure;
  return id;
}

const isOwnMailbox = ({ voicemail }: Args): boolean =>
  typeof voicemail === 'string' && voicemail.toLowerCase() === 'own';
