import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';
import { id } from './parameters.ts';

export const supervisorDeviceId = lazy(() => id('Default your confirmed phone, e.g. 789').optional());
export const agentExtensionId = lazy(() => id('From list_monitored_extensions, e.g. 622'));
export const autoAnswer = lazy(() => z.boolean().optional().describe('false: phone rings first'));

/** The only mode (platform.md 2.3.16). */
export const mode = 'Listen';

/** What is the same in the effects of both tools that listen. */
export const listens = {
  heard:
    "Nobody on the call hears you. Whether they hear an announcement is not known here. Your yes is nobody else's " +
    'consent to being listened to.',
  undo: 'Can be undone: you can stop listening, but not unhear what you have heard.',
} as const;
