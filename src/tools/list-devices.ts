import { type Device, isUsable } from '../ringcentral/wire/lookups.ts';
import { clean } from '../shared/untrusted.ts';
import { defineTool } from './runtime/define-tool.ts';
import { limit } from './runtime/parameters.ts';
import { objects } from './runtime/result.ts';

export const listDevices = defineTool({
  name: 'list_devices',
  title: 'List your phones',
  description:
    'List your phones with their ids and whether each is usable: Online desk phones and SIP softphones can place, ' +
    'answer, pick up and listen. The RingCentral app itself is never listed. For phones to flip to use ' +
    'list_call_flip_numbers.',
  input: { limit },
  output: { devices: objects },
  risk: 'read',
  idempotent: true,
  async run({ limit }, { line: { platform } }) {
    const devices = (await platform.listDevices())
      .map((device) => ({
        ...device,
        ...(device.name !== undefined && { name: clean(device.name) }),
        usable: isUsable(device),
      }))
      .sort((one, other) => Number(other.usable) - Number(one.usable))
      .slice(0, limit);
    const usable = devices.filter((device) => device.usable);
    const others = devices.filter((device) => !device.usable);
    return {
      text: [
        usable.length > 0
          ? `Usable: ${usable.map(deviceWords).join(', ')}.`
          : 'No phone is usable: none is Online. Place, answer, pick up and listen need one; hold, mute, transfer, ' +
            'forward, park and recording work without.',
        others.length > 0 && `Not usable now: ${others.map(deviceWords).join(', ')}.`,
      ]
        .filter(Boolean)
        .join(' '),
      data: { devices },
    };
  },
});

const deviceWords = ({ id, name, type, status }: Device): string =>
  [id, name, `(${[type, status].filter(Boolean).join(', ')})`].filter(Boolean).join(' ');
