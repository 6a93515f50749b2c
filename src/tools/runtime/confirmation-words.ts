/** Without diacritics and compatibility forms (Unicode NFKD), so that spellings of one word are equal. */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{Mark}/gu, '');

/** Beginnings of words that say yes, or want the question skipped. */
const beginnings = [
  ...[
    'confirm',
    'unconfirm',
    'reconfirm',
    'approv',
    'preapprov',
    'autoapprov',
    'authoriz',
    'authoris',
    'preauthori',
  ],
  ...[
    'consent',
    'agree',
    'accept',
    'acknowledg',
    'affirm',
    'permission',
    'permit',
    'grant',
    'allow',
    'verified',
  ],
  ...['overrid', 'overrul', 'bypass', 'forc', 'proceed', 'unattended', 'decision', 'elicit'],
  // German, French, Spanish, Portuguese, Italian, Dutch, Russian, Chinese, Japanese, Korean.
  ...[
    'bestätig',
    'bestaetig',
    'genehmig',
    'erzwing',
    'zustimm',
    'approuv',
    'aprob',
    'autoriz',
    'forzar',
    'aprov',
  ],
  ...['conferm', 'bevestig', 'goedgekeur', 'подтвер', 'одобр', 'разреш', 'соглас'],
  ...['确认', '確認', '同意', '批准', '承認', '强制', '強制', '확인', '승인'],
].map(fold);

/** Whole words that say yes. */
const words: ReadonlySet<string> = new Set([
  'yes',
  'yep',
  'yeah',
  'ok',
  'okay',
  'sure',
  'ack',
  'sudo',
  'yolo',
]);

/** Words that say yes only as the whole name: `y`, but not `coordinate_y`. */
const names: ReadonlySet<string> = new Set(
  ['y', 'ja', 'oui', 'si', 'sim', 'da', 'да', '是', 'はい', '예'].map(fold),
);

/** A word of each in one name wants the question skipped: `skipPrompt`, `dont_ask`, `no-questions`. */
const without = /^(skip|skipped|no|non|not|dont|never|without|disabled?|ignored?|suppress(ed)?|omit|auto)$/;
const asking =
  /^(ask|asking|prompts?|prompting|questions?|guard|safety|safeguards?|interactive|checks?|dialog|warnings?)$/;

/** Searched in the name without separators, for names whose words cannot be told apart: `USERCONFIRMED`. */
const inside =
  /confirm|approv|authori[sz]ed|consent|override|bypass|acknowledg|signe?doff|greenlight|goahead|justdoit|noninteractive|(skip|dont|no)(ask|prompt|question|guard|safety)|inputresponse|requeststate/;

/**
 * A word of each in one name asks for a confirmation instead of giving one, as hosts mark calls: `requires_approval`.
 */
const demand =
  /^(requir(e|es|ed|ing|ement)|needs?|needed|must|ask(s|ing)?|request(s|ing)?|await(s|ing)?|pending|waits?|waiting|seek|mandatory|missing|lacks?|lacking)$/;
const demanded =
  /^(confirm|confirmations?|approve|approvals?|consents?|permissions?|acknowledge?ments?|authori[sz]ations?|signoff|elicitations?)$/;
/** With `not` in front it has not been given; without, the name would claim that it has. */
const given = /^(confirmed|approved|authori[sz]ed|accepted|agreed|acknowledged|granted)$/;
const filling =
  /^(a|an|the|for|to|by|of|from|on|in|is|be|should|it|this|first|yet|before|human|user|users|manual|explicit|operator|person|tool|call|action|execution|run|use|approver)$/;
const demandAtOnce = /^(requires?|needs?)(confirmation|approval|consent|permission)$/;

/**
 * Whether a name asks for a confirmation: it has such words and no others, as `requires_approval` has, and
 * `required_approval_given` has not. `not` counts with what was given only (`not_approved`), because
 * `approval_not_required` wants the question skipped.
 */
function asksForConfirmation(found: readonly string[]): boolean {
  if (found.some((word) => demandAtOnce.test(word)))
    return found.every((word) => demandAtOnce.test(word) || filling.test(word));
  const rest = found.filter((word) => !filling.test(word));
  const isNegated = rest.includes('not');
  const what = isNegated ? given : demanded;
  const isDemand = (word: string) => (isNegated ? word === 'not' : demand.test(word));
  return (
    rest.some(isDemand) &&
    rest.some((word) => what.test(word)) &&
    rest.every((word) => isDemand(word) || what.test(word))
  );
}

/**
 * Whether the name of an argument claims that a person has agreed, or wants the question skipped: in any case,
 * camelCase, with any separators, diacritics or full-width letters, and in several languages. It is split into
 * words, so
 * `salesforceId` does not count as `force`. A name that asks for a confirmation claims none.
 */
export function looksLikeConfirmation(name: string): boolean {
  const found = wordsOf(name);
  const joined = found.join('');
  if (asksForConfirmation(found)) return false;
  return (
    names.has(joined) ||
    /[✓✔✅☑👍]/u.test(name) ||
    found.some((word) => words.has(word) || beginnings.some((beginning) => word.startsWith(beginning))) ||
    (found.some((word) => without.test(word)) && found.some((word) => asking.test(word))) ||
    inside.test(joined)
  );
}

/** Beginnings of names, without separators, that ask for a rehearsal. */
const rehearsal =
  /^(is)?(dryrun|simulat|preview|whatif|noop|testonly|testmode|validateonly|checkonly|planonly)/;

/**
 * Whether the name of an argument asks for a rehearsal (`dry_run`), which no tool has: if it were ignored, the act
 * would happen although it was not meant to.
 */
export const looksLikeRehearsal = (name: string): boolean => rehearsal.test(wordsOf(name).join(''));

const wordsOf = (name: string): string[] =>
  fold(name)
    .replace(/['’]/g, '')
    .replace(/(\p{Lower}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
