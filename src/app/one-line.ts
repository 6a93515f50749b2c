import { randomUUID } from 'node:crypto';
import type { Credentials } from '../ringcentral/auth/credentials.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { type Lines, loginName, type SharedByLines } from './lines.ts';
import { openLine } from './open-line.ts';
import { singleLine } from './switchboard.ts';

export interface OneLogin {
  credentials: Credentials;
  /** Where RingCentral delivers events; absent: they come over a WebSocket. */
  webhookAddress?: string;
  /** Id or name of the phone that agents may open the microphone of. */
  phone?: string;
}

/** The line that every principal uses. */
export function openOne(
  { credentials, webhookAddress, phone }: OneLogin,
  { holdNotes, appVersion, cluster, ...common }: SharedByLines,
): Lines {
  const { scope, clock, log } = common;
  const shared = cluster?.line(loginName(credentials));
  const verificationToken = shared?.webhookToken ?? randomUUID();
  const webhook = webhookAddress ? { address: webhookAddress, verificationToken } : undefined;
  const ringcentral = createRingCentral({
    ...{ credentials, scope, clock, log, appVersion },
    ...shared?.requests(credentials, log),
    ...(webhook && { webhook }),
  });
  const line = openLine({
    ...{ ...common, ringcentral, recovers: webhook === undefined },
    ...(phone && { phone }),
    ...(holdNotes && { holdNotes: holdNotes.of() }),
    ...(shared && { shared }),
  });
  return {
    switchboard: singleLine(line),
    line,
    lines: () => [line],
    ...(webhook && { webhook: { verificationToken, receive: line.deliver } }),
    stopAsking() {
      line.stopAsking('server ends');
      ringcentral.giveUpReading();
    },
    stopActing: () => line.stopActing('server ends'),
    logOut: () => line.logOut(),
  };
}
