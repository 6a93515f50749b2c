import type { CallFlipNumber } from '../ringcentral/wire/lookups.ts';
import { clean } from '../shared/untrusted.ts';
import { adviseChoices } from './runtime/advise.ts';
import { defineTool } from './runtime/define-tool.ts';
import { limit } from './runtime/parameters.ts';
import { next, objects } from './runtime/result.ts';

export const listCallFlipNumbers = defineTool({
  name: 'list_call_flip_numbers',
  title: 'List flip targets',
  description:
    'List the phones that call_flip_party can move your side of a call to. Its callFlipId is flipNumber here. For ' +
    'devices that answer or place calls use list_devices.',
  input: { limit },
  output: { flipNumbers: objects, next },
  risk: 'read',
  idempotent: true,
  async run({ limit }, context) {
    const flipNumbers = (await context.line.platform.listCallFlipNumbers())
      .slice(0, limit)
      .map(({ label, ...number }) => ({
        ...number,
        ...(label !== undefined && { label: clean(label) }),
      }));
    return {
      text:
        flipNumbers.length > 0
          ? flipNumbers
              .map(({ flipNumber, phoneNumber = 'unknown number', label = '' }) =>
                `${flipNumber}: ${phoneNumber} ${label}`.trim(),
              )
              .join('\n')
          : 'No flip numbers are set up for your extension.',
      data: { flipNumbers },
      next: adviseChoices({ from: 'list_call_flip_numbers', found: flipNumbers.flatMap(asChoice) }, context),
    };
  },
});

const asChoice = ({ flipNumber, phoneNumber = flipNumber, label = phoneNumber }: Partial<CallFlipNumber>) =>
  flipNumber !== undefined && label !== undefined
    ? [{ name: label, values: { callFlipId: flipNumber } }]
    : [];
