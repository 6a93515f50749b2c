import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';
import { id } from './parameters.ts';

export const supervisorDeviceId = lazy(() => id('Yours, Online, from list_devices, e.g. 789'));
export const agentExtensionId = lazy(() => id('From list_monitored_extensions, e.g. 622'));
export const autoAnswer = lazy(() => z.boolean().optional().describe('false: phone rings first'));

/** `Listen` is the only mode; media that would let the supervisor speak is not offered. */
export const mode = 'Listen';

export const listens = {
  does: 'Listen in on this call from your phone.',
  heard:
    "Nobody on the call hears you. Whether they hear an announcement is not known here. Your yes is nobody else's " +
    'consent to being listened to.',
} as const;
