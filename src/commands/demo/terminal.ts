import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

/** Characters of a line at most: what the narrowest terminals show without a break. */
const columns = 80;
/** Before every line but the first of what somebody says: as wide as `person  `. */
const indent = ' '.repeat(8);

/** Whether a person can read along, and answer. */
const isInteractive = Boolean(process.stdout.isTTY && process.stdin.isTTY);
const paint = (style: 'bold' | 'dim') => (text: string) =>
  process.stdout.isTTY ? styleText(style, text, { validateStream: false }) : text;
const bold = paint('bold');
const dim = paint('dim');
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Waits on a terminal, so that a person can read along; elsewhere not. */
const readingPause = () => new Promise((resolve) => setTimeout(resolve, isInteractive ? 1_200 : 0));

/** Says what the demo is, or that it is over. */
export const announce = (text: string): void => print(bold(`\n${wrap(text, columns).join('\n')}`));

/** Says what happens at the phones. */
export const narrate = (text: string): void => print(dim(`\n— ${text} —`));

/** Prints what one of them says; gives a person on a terminal the time to read it. */
export async function speak(who: 'person' | 'agent' | 'server', text: string): Promise<void> {
  const [first = '', ...rest] = text.split('\n').flatMap((line) => wrap(line, columns - indent.length));
  const shown = who === 'server' ? dim : (line: string) => line;
  if (who === 'person') print('');
  print(`${bold(who.padEnd(indent.length))}${shown(first)}`);
  for (const line of rest) print(`${indent}${shown(line)}`);
  await readingPause();
}

/** Shows the guard's question. A person on a terminal answers it; elsewhere the answer is yes. */
export async function answerOf(question: string): Promise<boolean> {
  const margin = '  │ ';
  print(bold('\nthe server asks the person'));
  for (const line of question.split('\n').flatMap((text) => wrap(text, columns - margin.length))) {
    print(`${margin}${line}`);
  }
  if (!isInteractive) {
    print('  yes   (nobody at a terminal: the demo answers)');
    return true;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`  ${bold('yes or no?')} `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Breaks a text between words into lines of at most `width` characters; a longer word is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}
