import { z } from 'zod';
import { type Country, countryOf, toE164 } from '../engine/numbering.ts';
import { EMERGENCY_NUMBERS } from '../engine/routing.ts';
import { apiErrors } from './errors.ts';
import { type ApiCall, ok, type Route, type Services } from './route.ts';

const PATH = '/restapi/v1.0/number-parser/parse';
const requestSchema = z.object({ originalStrings: z.array(z.string().max(100)).min(1).max(100) });

/** Parses numbers by a country's dialling plan (shape assumed). */
export const numberParserRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, group: 'light', handle: parse },
];

function parse(call: ApiCall, { serverUrl, engine }: Services) {
  const parsed = requestSchema.safeParse(call.body ?? {});
  if (!parsed.success) throw apiErrors.invalidParameter('originalStrings');
  const wanted = call.query.get('homeCountry') ?? engine.world.account.homeCountryId;
  const country = countryOf(wanted);
  if (country === undefined) throw apiErrors.invalidParameter('homeCountry');
  return ok({
    uri: `${serverUrl}${PATH}`,
    homeCountry: countryBody(country, serverUrl),
    phoneNumbers: parsed.data.originalStrings.map((originalString) => {
      const e164 = toE164(originalString, country);
      const special = EMERGENCY_NUMBERS.has(originalString.trim());
      return {
        originalString,
        special,
        ...(e164 === undefined || special
          ? {}
          : { e164, dialable: e164.slice(1), normalized: e164.slice(1) }),
        ...(e164?.startsWith(`+${country.callingCode}`) ? { country: countryBody(country, serverUrl) } : {}),
      };
    }),
  });
}

function countryBody({ id, name, isoCode, callingCode }: Country, serverUrl: string) {
  return { id, uri: `${serverUrl}/restapi/v1.0/dictionary/country/${id}`, name, isoCode, callingCode };
}
