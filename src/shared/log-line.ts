import { cut } from './size.ts';

const longestLine = 8 * 1024;
const longestMember = 512;

/**
 * A log line of at most 8 KiB, still one JSON object: of a longer one each member is cut to a length at which it can
 * still be recognised, and `cut` says how long the line was.
 */
export function boundLine(line: string): string {
  if (line.length <= longestLine) return line;
  const members = Object.entries(JSON.parse(line) as Record<string, unknown>);
  const short = members.map(([name, value]) => [cut(name, longestMember), shorten(value)] as const);
  const kept: Record<string, unknown> = { cut: line.length };
  let room = longestLine - 100;
  for (const [name, value] of short) {
    room -= JSON.stringify([name, value]).length;
    if (room > 0) kept[name] = value;
  }
  return `${JSON.stringify(kept)}\n`;
}

const shorten = (value: unknown): unknown => {
  if (typeof value === 'string') return cut(value, longestMember);
  if (typeof value !== 'object') return value;
  const text = JSON.stringify(value);
  return text.length <= longestMember ? value : cut(text, longestMember);
};
