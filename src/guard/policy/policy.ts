import type { RiskClass } from '../action.ts';

/** Strictest last. */
export const verdicts = ['allow', 'ask', 'deny'] as const;
export type Verdict = (typeof verdicts)[number];

/** What an act touches beyond its class; an act can be in several, and the strictest cell wins. */
export const situations = {
  own: 'on the own party, inside the account',
  another: "on another's party",
  outside: 'when a call goes outside',
  joined: 'when outsiders are joined to each other or to a conference',
} as const;
export type Situation = keyof typeof situations;
export const situationNames = Object.keys(situations) as Situation[];

export type ActingClass = Exclude<RiskClass, 'read'>;
/**
 * What a yes may be extended for: acts of these classes for ten minutes, ready messages of reply_party for eight
 * hours.
 */
export const grantable = ['reversible', 'redirect', 'place-call', 'reply-patterns'] as const;
export type Grantable = (typeof grantable)[number];

export type MatrixRow = Readonly<Record<Situation, Verdict>>;

/**
 * Targets that a rule of a policy file means; the members that are given must all fit. Whatever a target was called,
 * a rule sees all its names: an extension has its number, its direct numbers and its mailbox.
 */
export interface TargetMatch {
  /** One number, in E.164. */
  number?: string;
  /** What a person reads beside that number: `on-call mobile`. */
  label?: string;
  /** Beginning of an E.164 number. */
  prefix?: string;
  /** ISO 3166 code of a number's country. */
  country?: string;
  /** Of a user, queue or park location. A rule that asks or denies means queues too of which it is a member. */
  extension?: string;
  /** `true`: a number or extension of the login itself. */
  own?: boolean;
}

/** Takes the place of the cells `own` and `outside` for the targets and tools that it names. */
export interface TargetRule {
  to: TargetMatch;
  tools?: readonly string[];
  verdict: Verdict;
}

export interface Caps {
  /** Outgoing calls of ours that may ring at the same time. */
  ringing: number;
  /** Outside dials or redirects in ten minutes. */
  outside: number;
  /** Different calls acted on within a minute before the next one asks, whatever its class. */
  calls: number;
}

export const supervisions = ['denied', 'notified'] as const;
export type Supervision = (typeof supervisions)[number];

export interface Policy {
  /** A preset's name, or the policy file's. */
  name: string;
  classes: Readonly<Record<ActingClass, MatrixRow>>;
  tools: Readonly<Record<string, MatrixRow>>;
  /** The first that fits decides. */
  targets: readonly TargetRule[];
  caps: Caps;
  /** Extensions of in-house emergency services, which are treated like 911. */
  emergency: readonly { extension: string }[];
  /** Whether people may be listened to outside the sandbox: `notified` is the operator's word that they are told. */
  supervision: Supervision;
  /** Where a yes may be extended. Never what hangs up, listens, or speaks words of the model's own. */
  grants: readonly Grantable[];
}

export const everywhere = (verdict: Verdict): MatrixRow => ({
  own: verdict,
  another: verdict,
  outside: verdict,
  joined: verdict,
});

export const strictest = (...of: readonly Verdict[]): Verdict =>
  verdicts[Math.max(0, ...of.map((verdict) => verdicts.indexOf(verdict)))] ?? 'deny';
/** A tool, as the policy needs to know it. */
export interface ToolRisk {
  name: string;
  risk: RiskClass;
}
