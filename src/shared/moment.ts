const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long, in words: "12 s", "3 min", "2 h 5 min", "1 day 4 h". Nothing is ever a negative time long. */
export function lasting(ms: number): string {
  const time = Math.max(0, ms);
  if (time < minute) return `${Math.floor(time / second)} s`;
  if (time < hour) return `${Math.floor(time / minute)} min`;
  const [whole, rest] = time < day ? [hour, minute] : [day, hour];
  const count = Math.floor(time / whole);
  const more = Math.floor((time % whole) / rest);
  const unit = whole === hour ? 'h' : count === 1 ? 'day' : 'days';
  return `${count} ${unit}${more > 0 ? ` ${more} ${rest === minute ? 'min' : 'h'}` : ''}`;
}

/** A moment as a person reads it, epoch ms: "10:02:11 UTC", with its date where that is not the date of `now`. */
export function moment(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  const [date, time] = [iso.slice(0, -14), iso.slice(-13, -5)];
  const isToday = Math.floor(at / day) === Math.floor(now / day);
  return `${isToday ? '' : `${date} `}${time} UTC`;
}

/** "10:02:11 UTC, 12 s ago" */
export const momentAgo = (at: number, now: number): string => `${moment(at, now)}, ${lasting(now - at)} ago`;
