import type { SessionView } from '../../calls/store/views.ts';
import type { Target } from '../../guard/action.ts';

/** Parameters of transfer and forward that name where the call goes, and what kind of name each is. */
const destinations = {
  phoneNumber: 'phoneNumber',
  extensionNumber: 'extensionNumber',
  extensionId: 'extensionId',
  voicemail: 'voicemail',
  parkOrbit: 'parkOrbit',
} as const satisfies Record<string, Target['kind']>;

type Destination = keyof typeof destinations;

/** The destinations among `args`, for the guard. */
export const destinationTargets = (args: Partial<Record<Destination, string | undefined>>): Target[] =>
  (Object.keys(destinations) as Destination[]).flatMap((name) => {
    const value = args[name];
    return value === undefined ? [] : [{ kind: destinations[name], value, parameter: name }];
  });

/** The destinations among `args` as the request's body: exactly one member (platform.md 2.3.21). */
export const destinationBody = (args: Partial<Record<Destination, string | undefined>>): object =>
  Object.fromEntries(
    (Object.keys(destinations) as Destination[]).flatMap((name) =>
      args[name] === undefined ? [] : [[name, args[name]]],
    ),
  );

/** Whether a mailbox has taken the call. */
export const isInVoicemail = (call: SessionView | undefined): boolean =>
  call?.parties.some(({ status }) => status.code.startsWith('VoiceMail')) === true;
