/**
 * A time of day as the person's clock shows it, `14:03 CET`, with its date where that is not today's.
 * @param at epoch ms
 * @param now epoch ms
 * @param timeZone IANA name; UTC where there is none, or one that is not known here
 */
export function localTime(at: number, now: number, timeZone = 'UTC'): string {
  const zone = isKnown(timeZone) ? timeZone : 'UTC';
  const date = new Intl.DateTimeFormat('en', { timeZone: zone, dateStyle: 'medium' });
  const time = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    timeZoneName: 'short',
  });
  const day = date.format(at);
  return `${day === date.format(now) ? '' : `${day}, `}${time.format(at)}`;
}

function isKnown(timeZone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone }) !== undefined;
  } catch {
    return false;
  }
}
