import { z } from 'zod';
import { untrusted } from '../base/untrusted.ts';
import { objects, output } from './result.ts';
import { defineTool } from './tool.ts';

export const listMonitoredExtensions = defineTool({
  name: 'list_monitored_extensions',
  title: 'List agents you may listen to',
  description:
    'List the agents whose calls you may listen to, by monitoring group: their id is agentExtensionId of ' +
    'supervise_call_session and supervise_call_party. For everybody in the company use find_extensions.',
  input: z.object({}),
  output: output({ extensions: objects }),
  risk: 'read',
  idempotent: true,
  async run(_args, { app: { platform } }) {
    const extensions = (await platform.listMonitoredExtensions()).map(
      ({ name, groupName, ...extension }) => ({
        ...extension,
        ...(name !== undefined && { name: untrusted(name) }),
        ...(groupName !== undefined && { groupName: untrusted(groupName) }),
      }),
    );
    return {
      text:
        extensions.length > 0
          ? extensions
              .map(
                ({ id, extensionNumber, name = '', groupId, groupName = groupId }) =>
                  `extension ${extensionNumber} ${name}: id ${id}, group ${groupName}`,
              )
              .join('\n')
          : 'You are in no monitoring group with the right to listen.',
      data: { extensions },
    };
  },
});
