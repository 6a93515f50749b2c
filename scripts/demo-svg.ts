// `npm run demo:svg`: makes docs/demo.svg, the picture in README.md, from what `npm run demo` prints: its first scene.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const columns = 80;
const fontSize = 14;
const glyph = fontSize * 0.6;
const lineHeight = 20;
const margin = 16;

const output = execFileSync(process.execPath, ['dist/cli.js', 'demo'], { encoding: 'utf8' });
const [, scene = ''] = /^\n([\s\S]*?)\n\n— Ada Lovelace calls/m.exec(output) ?? [];
if (scene === '') throw new Error('The demo has no second scene: this script cuts there.');
const lines = ['$ npm run demo', '', ...scene.split('\n').map((line) => line.replace(/ +\(nobody at.*/, ''))];

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A piece of a line at a column. Its length is given, so that every font keeps the columns. */
const piece = (text: string, column: number, style: string) => {
  const trimmed = text.trimStart();
  if (trimmed === '') return '';
  const start = column + text.length - trimmed.length;
  const end = trimmed.trimEnd();
  const x = (margin + start * glyph).toFixed(1);
  return `<tspan x="${x}" textLength="${(end.length * glyph).toFixed(1)}" class="${style}">${escaped(end)}</tspan>`;
};

function styled(line: string): string {
  const [, who = '', said = ''] = /^(person|agent|server) (.*)$/.exec(line) ?? [];
  if (who) return piece(who, 0, who) + piece(said, who.length + 1, who === 'server' ? 'told' : 'said');
  if (line.startsWith('  ')) return piece(line, 0, /│|yes/.test(line) ? 'question' : 'told');
  return piece(line, 0, line.startsWith('the server asks') ? 'asks' : line.startsWith('—') ? 'told' : 'said');
}

const width = Math.ceil(columns * glyph + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;
const rows = lines
  .map((line, row) => [styled(line), margin + (row + 0.75) * lineHeight] as const)
  .filter(([content]) => content !== '')
  .map(([content, y]) => `<text y="${y}">${content}</text>`);

writeFileSync(
  'docs/demo.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>The first scene of npm run demo: an agent lists a call, and a person is asked before it hangs up</title>
<style>
text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.said { fill: #e6edf3; } .told { fill: #9da7b3; } .question { fill: #f0d98c; }
.person, .agent, .server, .asks { font-weight: bold; }
.person { fill: #79c0ff; } .agent { fill: #7ee787; } .server { fill: #d2a8ff; } .asks { fill: #f0d98c; }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`,
);
