import type { Caps, Policy } from './policy.ts';
import { everywhere, grantable } from './policy.ts';

export const presetNames = ['cautious', 'standard', 'trusted'] as const;
export type PresetName = (typeof presetNames)[number];

const caps: Caps = { ringing: 1, outside: 5, calls: 5 };

/** The presets of `--policy`. The README's table is generated from this. */
export const presets: Readonly<Record<PresetName, Policy>> = {
  cautious: {
    name: 'cautious',
    classes: {
      reversible: everywhere('ask'),
      'end-own': everywhere('ask'),
      redirect: everywhere('ask'),
      'place-call': everywhere('ask'),
      listen: everywhere('ask'),
      destructive: everywhere('ask'),
      plan: everywhere('ask'),
    },
    tools: {},
    targets: [],
    caps,
    emergency: [],
    supervision: 'denied',
    grants: [],
  },
  standard: {
    name: 'standard',
    classes: {
      reversible: { own: 'allow', another: 'ask', outside: 'ask', joined: 'ask' },
      'end-own': everywhere('allow'),
      redirect: { own: 'allow', another: 'ask', outside: 'ask', joined: 'ask' },
      'place-call': { own: 'allow', another: 'ask', outside: 'ask', joined: 'ask' },
      listen: everywhere('ask'),
      destructive: everywhere('ask'),
      plan: everywhere('ask'),
    },
    tools: {},
    targets: [],
    caps,
    emergency: [],
    supervision: 'denied',
    grants: grantable,
  },
  trusted: {
    name: 'trusted',
    classes: {
      reversible: everywhere('allow'),
      'end-own': everywhere('allow'),
      redirect: everywhere('allow'),
      'place-call': everywhere('allow'),
      listen: everywhere('ask'),
      destructive: everywhere('ask'),
      plan: everywhere('allow'),
    },
    tools: {},
    targets: [],
    caps,
    emergency: [],
    supervision: 'denied',
    grants: grantable,
  },
};
