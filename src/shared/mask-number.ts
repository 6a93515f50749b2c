/** A phone number as logs may show it: `+12055550102` becomes `+12*******02`. Shorter than six digits: as it is. */
export function maskNumber(number: string): string {
  if (number.replace(/\D/g, '').length < 6) return number;
  return number.slice(0, 3) + '*'.repeat(Math.max(0, number.length - 5)) + number.slice(-2);
}
