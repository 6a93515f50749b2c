/** `2026-01-01T10:00:00.` of `2026-01-01T10:00:00.123Z`. */
const secondLength = 20;
const wholeLength = 24;

/**
 * Reads event times as `Date.parse` does, in a fraction of its time when they are of the same second: with thousands
 * of events a second, nearly all are.
 */
export function createEventTimeReader(): (text: string) => number {
  let second = '?';
  let secondMs = 0;
  /** Epoch ms; NaN for what is no time. */
  return (text) => {
    if (text.length !== wholeLength || !text.endsWith('Z')) return Date.parse(text);
    if (text.startsWith(second)) return secondMs + milliseconds(text);
    const time = Date.parse(text);
    if (time % 1000 === milliseconds(text)) {
      second = text.slice(0, secondLength);
      secondMs = time - (time % 1000);
    }
    return time;
  };
}

/** NaN when there is anything but digits. */
function milliseconds(text: string): number {
  let sum = 0;
  for (let index = secondLength; index < wholeLength - 1; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    sum = sum * 10 + digit;
  }
  return sum;
}
