import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';
import { defaultPhone } from './resolve-phone.ts';

type Args = Record<string, unknown>;

/**
 * The arguments with what they leave out or paraphrase filled in, so that the guard judges, shows and binds ids: the
 * phone that is used, and the own mailbox.
 * @throws Failure where it is not clear what is meant
 */
export async function resolveArguments(tool: ActionTool, args: Args, context: ToolContext): Promise<Args> {
  const { phone } = tool;
  return {
    ...args,
    ...(phone !== undefined && args[phone] === undefined && { [phone]: await defaultPhone(phone, context) }),
    ...(isOwnMailbox(args) && { voicemail: (await context.line.directory.identity()).extensionId }),
  };
}

const isOwnMailbox = ({ voicemail }: Args): boolean =>
  typeof voicemail === 'string' && voicemail.toLowerCase() === 'own';
