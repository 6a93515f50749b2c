/** Without marks over letters, full-width forms and the like, so that spellings of one word are one. */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{Mark}/gu, '');

/** Beginnings of words with which somebody says yes, or asks to go on without the question. */
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

/** Too short to mean it beside others: `y`, but not `coordinate_y`. */
const names: ReadonlySet<string> = new Set(
  ['y', 'ja', 'oui', 'si', 'sim', 'da', 'да', '是', 'はい', '예'].map(fold),
);

/** Two words that together want no question: `skipPrompt`, `dont_ask`, `no-questions`. */
const without = /^(skip|skipped|no|non|not|dont|never|without|disabled?|ignored?|suppress(ed)?|omit|auto)$/;
const asking =
  /^(ask|asking|prompts?|prompting|questions?|guard|safety|safeguards?|interactive|checks?|dialog|warnings?)$/;

/** Found where nothing parts the words too: `USERCONFIRMED`. */
const inside =
  /confirm|approv|authori[sz]ed|consent|override|bypass|acknowledg|signe?doff|greenlight|goahead|justdoit|noninteractive|(skip|dont|no)(ask|prompt|question|guard|safety)|inputresponse|requeststate/;

/** Words that together ask for a confirmation instead of giving one: hosts mark their calls so. */
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
 * Nothing but such words: `requires_approval`, not `required_approval_given`. `not` is said of what was given
 * (`not_approved`) only, for `approval_not_required` wants no question.
 */
function asksForOne(found: readonly string[]): boolean {
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
 * Whether the name of an argument claims that somebody has agreed, or wants the question left out. Spelling does not
 * matter: case, camelCase, signs between words, marks over letters, full-width letters, other languages' words. A name
 * is taken apart into words, so `salesforceId` is no `force`. One that asks for a confirmation claims none.
 */
export function looksLikeConfirmation(name: string): boolean {
  const found = wordsOf(name);
  const joined = found.join('');
  if (asksForOne(found)) return false;
  return (
    names.has(joined) ||
    /[✓✔✅☑👍]/u.test(name) ||
    found.some((word) => words.has(word) || beginnings.some((beginning) => word.startsWith(beginning))) ||
    (found.some((word) => without.test(word)) && found.some((word) => asking.test(word))) ||
    inside.test(joined)
  );
}

/** Beginnings of names that promise that nothing will really happen. */
const rehearsal =
  /^(is)?(dryrun|simulat|preview|whatif|noop|testonly|testmode|validateonly|checkonly|planonly)/;

/** Whether the name asks for a rehearsal, which no tool has: ignored, the act would happen although it was not meant. */
export const looksLikeRehearsal = (name: string): boolean => rehearsal.test(wordsOf(name).join(''));

const wordsOf = (name: string): string[] =>
  fold(name)
    .replace(/['’]/g, '')
    .replace(/(\p{Lower}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
