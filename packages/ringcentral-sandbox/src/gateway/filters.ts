import { type Actor, ApiError } from '../engine/api.ts';
import type { World } from '../engine/world.ts';

/** The kind of events of a filter (platform.md 4.1). `silent`: the sandbox has no such events. */
export type Topic =
  | 'account-telephony'
  | 'extension-telephony'
  | 'extension-presence'
  | 'account-presence'
  | 'line-presence'
  | 'favorite-presence'
  | 'queue-presence'
  | 'renewal-reminder'
  | 'silent';

interface TopicRule {
  readonly topic: Topic;
  readonly path: RegExp;
  readonly permission?: string;
}

const ACCOUNT = String.raw`/restapi/v1\.0/account/(?<account>[^/]+)`;
const EXTENSION = `${ACCOUNT}/extension/(?<extension>[^/]+)`;

const TOPICS: readonly TopicRule[] = [
  rule('account-telephony', `${ACCOUNT}/telephony/sessions`, 'CallControl'),
  rule('extension-telephony', `${EXTENSION}/telephony/sessions`, 'CallControl'),
  rule('extension-presence', `${EXTENSION}/presence`, 'ReadPresence'),
  rule('account-presence', `${ACCOUNT}/presence`, 'ReadPresence'),
  rule('line-presence', `${EXTENSION}/presence/line/presence`, 'ReadPresence'),
  rule('favorite-presence', `${EXTENSION}/favorite/presence`, 'ReadPresence'),
  rule('queue-presence', `${ACCOUNT}/call-queues/(?<group>[^/]+)/presence`, 'ReadPresence'),
  rule('renewal-reminder', String.raw`/restapi/v1\.0/subscription/~`),
  // Filters of RingCentral that are accepted and never match (names assumed beyond message-store and
  // incoming-call-pickup).
  rule('silent', `${EXTENSION}/(?:message-store|instant-message-store|voicemail|fax|incoming-call-pickup)`),
  rule('silent', `${EXTENSION}/message-store/instant`),
  rule('silent', `${EXTENSION}/(?:presence/line|favorite|caller-id|phone-number|grant|address-book/contact)`),
  rule('silent', `${EXTENSION}(?:/(?:device|call-log|meetings|video/meeting))?`),
  rule(
    'silent',
    `${ACCOUNT}/(?:extension|device|directory/entries|call-queues|call-log|phone-number|a2p-sms/messages)`,
  ),
  rule('silent', String.raw`/(?:restapi/v1\.0/glip|team-messaging/v1|rcvideo/v1)/[\w./~-]+`),
];

function rule(topic: Topic, path: string, permission?: string): TopicRule {
  return { topic, path: new RegExp(`^${path}/?$`), ...(permission ? { permission } : {}) };
}

/** A parsed event filter. */
export interface EventFilter {
  readonly topic: Topic;
  /** With ids in place of `~`, as the subscription shows it. */
  readonly uri: string;
  readonly accountId: string;
  readonly extensionId?: string;
  readonly groupId?: string;
  readonly query: URLSearchParams;
  /** App permission that it needs; absent: none. */
  readonly permission?: string;
}

/**
 * Parses a filter. One that names several extensions with commas between them becomes a filter for each (assumed, as
 * platform.md 8.7 has it for presence).
 *
 * @throws ApiError SUB-508 for what is no filter, SUB-406 for another account or an unknown extension, SUB-527 for
 * missed calls of another extension
 */
export function parseFilters(text: string, actor: Actor, world: World): EventFilter[] {
  const [, before, ids = '', after] = /^(.*\/extension\/)([\d~]+(?:,[\d~]+)+)(.*)$/.exec(text) ?? [];
  if (before === undefined) return [parseFilter(text, actor, world)];
  const unique = new Set(ids.split(','));
  return [...unique].map((id) => parseFilter(`${before}${id}${after ?? ''}`, actor, world));
}

function parseFilter(text: string, actor: Actor, world: World): EventFilter {
  const [path = '', queryText = ''] = text.split('?', 2);
  for (const { topic, path: pattern, permission } of TOPICS) {
    const groups = pattern.exec(path)?.groups;
    if (!pattern.test(path)) continue;
    const accountId = own(groups?.account, actor.accountId) ?? actor.accountId;
    const extensionId = own(groups?.extension, actor.extensionId);
    const groupId = groups?.group;
    if (accountId !== actor.accountId || (extensionId !== undefined && !world.extensions.has(extensionId))) {
      throw new ApiError(403, 'SUB-406', 'Not allowed to subscribe for events of another account');
    }
    if (groupId !== undefined && !world.callQueues.has(groupId)) throw invalidFilter(text);
    // A "+" begins an E.164 number here; URLSearchParams would read it as a space.
    const query = new URLSearchParams(queryText.replaceAll('+', '%2B'));
    if (
      query.get('missedCall') === 'true' &&
      extensionId !== undefined &&
      extensionId !== actor.extensionId
    ) {
      throw new ApiError(403, 'SUB-527', 'Not allowed to subscribe for missed calls of another extension');
    }
    const ids = path
      .replace(/\/account\/~/, `/account/${actor.accountId}`)
      .replace(/\/extension\/~/, `/extension/${actor.extensionId}`);
    return {
      topic,
      uri: queryText ? `${ids}?${queryText}` : ids,
      accountId,
      ...(extensionId === undefined ? {} : { extensionId }),
      ...(groupId === undefined ? {} : { groupId }),
      query,
      ...(permission === undefined ? {} : { permission }),
    };
  }
  throw invalidFilter(text);
}

/** The own id for `~`. */
function own(id: string | undefined, ownId: string): string | undefined {
  return id === '~' ? ownId : id;
}

function invalidFilter(text: string): ApiError {
  return new ApiError(400, 'SUB-508', `Event filters are invalid: [${text}]`, {
    parameterName: 'eventFilters',
  });
}
