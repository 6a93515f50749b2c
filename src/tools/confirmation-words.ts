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

/**
 * Whether the name of an argument claims that somebody has agreed, or wants the question left out. Spelling does not
 * matter: case, camelCase, signs between words, marks over letters, full-width letters, other languages' words. A name
 * is taken apart into words, so `salesforceId` is no `force`.
 */
export function looksLikeConfirmation(name: string): boolean {
  const found = wordsOf(name);
  const joined = found.join('');
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
