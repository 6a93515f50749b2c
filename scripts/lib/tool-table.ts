import { tools } from '../../src/tools/index.ts';

/** The README's tool table, in Markdown: name, what it does, risk class. */
export function toolTable(): string {
  const rows = tools.map(
    ({ name, description, risk }) => `| \`${name}\` | ${firstSentence(description)} | ${risk} |`,
  );
  return ['| tool | what it does | risk |', '|---|---|---|', ...rows].join('\n');
}

const firstSentence = (text: string) => text.match(/^.*?\.(?= [A-Z]|$)/)?.[0] ?? text;
