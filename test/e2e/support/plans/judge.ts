import type { ToolAnswer } from '../agents.ts';
import type { LoggedRequest, TrueCall, Truth } from '../control.ts';
import type { Moment } from './moments.ts';
import { alice, bob, isLive, type Scene } from './scene.ts';

/** What there is to judge a plan by when it has ended. */
export interface Evidence {
  truth: Truth;
  /** Requests of the server since the plan began. */
  requests: readonly LoggedRequest[];
  /** Number of the first request after it had happened. */
  since: number;
  /** The same where somebody had acted by hand, and it could be seen. */
  handAt?: number;
  /** The last result that the agent got; of a server that has ended, the first of its successor. */
  told: string;
  plan?: NonNullable<ToolAnswer['structuredContent']>;
}

/** So long, in ms, who has answered must have stayed. */
const staysMs = 3_000;

type Rule = (evidence: Evidence, scene: Scene, moment: Moment) => string[];

/** What is wrong, in words; nothing where all is as promised. */
export const judge = (evidence: Evidence, scene: Scene, moment: Moment): string[] =>
  rules.flatMap((rule) => rule(evidence, scene, moment));

const isAct = ({ method, path }: LoggedRequest) => method !== 'GET' && path.includes('/telephony/');

const rules: readonly Rule[] = [
  /** Nobody is left on hold untold. */
  ({ truth, told }, scene, { before }) =>
    (before ? [] : planCalls(truth, scene))
      .filter((call) => ownLeg(call, truth)?.status.code === 'Hold')
      .flatMap((call) => {
        const number = call.parties.find(({ extensionId }) => !extensionId)?.from?.phoneNumber ?? 'nobody';
        const who = call.parties.some(({ extensionId }) => String(extensionId) === idOf(bob, truth))
          ? 'Bob Brown'
          : number;
        const isTold = told
          .split(/(?<=[.;]) /)
          .some((part) => part.includes(who) && /on hold|holding the call/i.test(part));
        return isTold || /both are on hold/i.test(told) ? [] : [`${who} is on hold, untold`];
      }),

  /** Each act is sent once; again only where the platform has refused it for now. */
  ({ requests }, _scene, { byHand }) => {
    const acts = requests.filter(isAct);
    return acts.flatMap((act, index) => {
      const earlier = acts.slice(0, index).filter((one) => sameAct(one, act));
      const isRepeated = earlier.some(({ status }) => status !== 429 && status !== 503);
      return isRepeated && !byHand ? [`${act.method} ${act.path} was sent again`] : [];
    });
  },

  /** Nobody is connected with anybody but Bob, in person, at his own phone, three seconds after he answered. */
  ({ truth, requests }, scene) =>
    requests
      .filter(({ path }) => path.endsWith('/bridge'))
      .flatMap(({ path, time, body }) => {
        const { telephonySessionId } = body as { telephonySessionId?: string };
        const call = truth.calls.find((one) => one.telephonySessionId === telephonySessionId);
        const bobs = call?.reached?.filter(
          ({ how, extensionNumber }) => how === 'answers' && extensionNumber === bob,
        );
        const [one, ...more] = bobs ?? [];
        const isBob =
          one !== undefined && more.length === 0 && one.phones.every((phone) => !phone.startsWith('+'));
        const stayed = one === undefined ? 0 : Date.parse(time) - Date.parse(one.at);
        return [
          ...(isBob ? [] : [`a bridge to ${JSON.stringify(call?.reached)}`]),
          ...(isBob && stayed < staysMs ? [`a bridge after ${stayed} ms`] : []),
          ...(path.includes(scene.calls.caller ?? '-') ? [] : ['a bridge of another call']),
        ];
      }),

  /** Nothing is done after somebody has acted by hand. */
  ({ requests, handAt }, _scene, { byHand }) =>
    handAt === undefined
      ? []
      : requests
          .filter((request) => isAct(request) && request.seq >= handAt)
          .filter(
            ({ method, path }) => byHand !== 'ends' || !(method === 'DELETE' || path.endsWith('/unhold')),
          )
          .map(({ method, path }) => `${method} ${path} after an act by hand`),

  /** A call that rings, or that Alice has answered herself, is not touched. */
  ({ truth, requests }, { calls: { ringing, another } }) => {
    const code = (id: string) => {
      const call = truth.calls.find(({ telephonySessionId }) => telephonySessionId === id);
      return call && ownLeg(call, truth)?.status.code;
    };
    return [
      ...(ringing && code(ringing) !== 'Proceeding'
        ? [`the other call does not ring: ${code(ringing)}`]
        : []),
      ...(another && code(another) !== 'Answered' ? [`the other call: ${code(another)}`] : []),
      ...[ringing, another].flatMap((id) =>
        id && requests.some((request) => isAct(request) && request.path.includes(id))
          ? ['the other call was touched']
          : [],
      ),
    ];
  },

  /** Nobody is taken off hold while Alice talks on another call. */
  ({ truth, requests, since }, _scene, { byHand }) => {
    const hasSent = requests.some(({ seq, path }) => seq >= since && path.endsWith('/unhold'));
    const talking = truth.calls.filter(
      (call) => call.origin.type !== 'Conference' && ownLeg(call, truth)?.status.code === 'Answered',
    );
    return talking.length > 1 && hasSent && !byHand ? [`Alice talks on ${talking.length} calls at once`] : [];
  },

  /** What a stopped plan says of each call is so. */
  ({ truth, plan }) =>
    Object.entries((plan?.calls ?? {}) as Record<string, string>).flatMap(([role, id]) => {
      const said = placeSaid(String(plan?.says), role, id, truth);
      if (said === undefined) return [];
      const call = truth.calls.find(({ telephonySessionId }) => telephonySessionId === id);
      return call && !isSo[said]?.(call, truth) ? [`it says of ${role}: ${said}`] : [];
    }),

  /** A plan that is done, or has taken somebody back, says so truly. */
  ({ truth, plan }) => {
    const on = (role: string) => {
      const call = truth.calls.find(({ telephonySessionId }) => telephonySessionId === plan?.calls[role]);
      return call && ownLeg(call, truth)?.status;
    };
    const says = String(plan?.says);
    const wrong = (is: boolean, what: string) => (is ? [] : [`it says ${plan?.ending}, but ${what}`]);
    if (plan?.ending === 'returned') {
      const role = plan.plan === 'swap_calls' ? 'talking' : 'caller';
      return wrong(on(role)?.code === 'Answered' || /hung up/.test(says), `${role} is ${on(role)?.code}`);
    }
    if (plan?.ending !== 'done') return [];
    if (plan.plan === 'consult_and_transfer') {
      return wrong(on('caller')?.reason === 'AttendedTransfer', `caller is ${JSON.stringify(on('caller'))}`);
    }
    if (plan.plan === 'swap_calls') {
      return [
        ...wrong(on('waiting')?.code === 'Answered', `waiting is ${on('waiting')?.code}`),
        ...wrong(
          on('talking')?.code === 'Hold' || !/is on hold/.test(says),
          `talking is ${on('talking')?.code}`,
        ),
      ];
    }
    return ['first', 'second'].flatMap((role) =>
      plan.calls[role] === undefined
        ? []
        : wrong(on(role)?.reason === 'Conference', `${role} is ${JSON.stringify(on(role))}`),
    );
  },

  /** Another plan for the same calls is refused, and nobody is asked about it. */
  (_evidence, { second, host }) =>
    second === undefined || (second.isError && host.questions.length === 1)
      ? []
      : [`the second plan: ${second.content[0]?.text}`],

  /** What is refused is not asked about, and nothing is done. */
  ({ requests }, { host }, { before }) =>
    before && (host.questions.length > 0 || requests.some(isAct)) ? ['something was asked or done'] : [],

  /** No defect was met. */
  (_evidence, { host }) =>
    host.server.logs
      .filter(({ level, msg }) => Number(level) >= 50 || /defect/.test(String(msg)))
      .map((line) => JSON.stringify(line)),
];

const sameAct = (one: LoggedRequest, other: LoggedRequest) =>
  one.method === other.method &&
  one.path === other.path &&
  JSON.stringify(one.body) === JSON.stringify(other.body);

/** All but those that ring, or were answered, beside the plan. */
const planCalls = ({ calls }: Truth, { calls: { ringing, another } }: Scene): TrueCall[] =>
  calls.filter(({ telephonySessionId: id }) => id !== ringing && id !== another);

const idOf = (extensionNumber: string, { extensions }: Truth) =>
  String(extensions.find((one) => one.extensionNumber === extensionNumber)?.id);
function ownLeg({ parties }: TrueCall, truth: Truth) {
  const legs = parties.filter(({ extensionId }) => String(extensionId) === idOf(alice, truth));
  return legs.find(isLive) ?? legs.at(-1);
}

function placeSaid(says: string, role: string, id: string, truth: Truth): string | undefined {
  const call = truth.calls.find(({ telephonySessionId }) => telephonySessionId === id);
  const number = call?.parties.find(({ extensionId, direction }) => !extensionId && direction === 'Outbound');
  const name =
    role === 'consultation'
      ? 'Bob Brown (extension 102)'
      : role === 'conference'
        ? 'The conference'
        : number?.from?.phoneNumber;
  if (name === undefined) return undefined;
  const at = says.toLowerCase().lastIndexOf(`${name.toLowerCase()}: `);
  if (at < 0) return undefined;
  return says.slice(at + name.length + 2).split(/[;.]/)[0];
}

type Claim = (call: TrueCall, truth: Truth) => boolean;
const others = ({ parties }: TrueCall, truth: Truth) =>
  parties.filter((party) => isLive(party) && String(party.extensionId) !== idOf(alice, truth));

/** What the words for a place mean. */
const isSo: Readonly<Record<string, Claim>> = {
  'that call is over': ({ parties }) => !parties.some(isLive),
  'in the conference': ({ parties }) => parties.some(({ status }) => status.reason === 'Conference'),
  'talks with you': (call, truth) =>
    ownLeg(call, truth)?.status.code === 'Answered' &&
    others(call, truth).some(({ status }) => status.code === 'Answered'),
  'on hold, hears music': (call, truth) => ownLeg(call, truth)?.status.code === 'Hold',
  'is being called': (call, truth) =>
    others(call, truth).every(({ status }) => ['Setup', 'Proceeding'].includes(status.code)),
  'has you on hold': (call, truth) => others(call, truth).every(({ status }) => status.code === 'Hold'),
  'has sent the call on, and nobody has answered yet': (call, truth) =>
    others(call, truth).every(({ extensionId }) => String(extensionId) !== idOf(bob, truth)),
  'somebody else, or another phone, is on the line with you': (call, truth) =>
    others(call, truth).some(
      ({ extensionId, to }) => String(extensionId) !== idOf(bob, truth) || to?.deviceId === undefined,
    ),
  'the voicemail has taken the call': (call, truth) =>
    others(call, truth).some(({ status }) => status.code === 'VoiceMail'),
  'nobody has answered there': (call, truth) =>
    others(call, truth).every(({ status }) => ['Setup', 'Proceeding', 'VoiceMail'].includes(status.code)),
  'you are in it': ({ parties }) =>
    parties.some((party) => party.conferenceRole === 'Host' && party.status.code === 'Answered'),
  'opened, you are not in it': ({ parties }) => !parties.some(isLive),
  'is on without you': (call, truth) =>
    !isLive(ownLeg(call, truth) ?? (call.parties[0] as never)) && others(call, truth).length > 0,
  'on a call': () => true,
  'not known': () => true,
};
