import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Json } from '../support.ts';
import { DEVIATIONS, NEWEST } from './deviations.ts';

const CONTRACT = new URL('../../../../../shared/ringcentral/openapi-call-control.json', import.meta.url);

const document: Json = JSON.parse(readFileSync(CONTRACT, 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);
ajv.addSchema(document, 'documented');
ajv.addSchema(strict(document), 'strict');

export interface Operation {
  id: string;
  method: string;
  path: string;
  /** Documented statuses; `default` stands for any. */
  responses: Record<string, Json>;
}

/** Every operation of the contract, by operationId. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods)
      .filter(([, operation]) => operation.operationId)
      .map(([method, operation]): [string, Operation] => [
        operation.operationId,
        { id: operation.operationId, method: method.toUpperCase(), path, responses: operation.responses },
      ]),
  ),
);

/** Deviations that some response used. */
export const usedDeviations = new Set<string>();

/** What a response does against the contract, beside the deviations that are listed. */
export function violations(operationId: string, status: number, body: Json): string[] {
  const operation = operations.get(operationId);
  if (!operation) return [`${operationId} is not in the contract`];
  const { responses, path, method } = operation;
  const where = responses[status] || status >= 400 ? String(status) : 'default';
  const schema = responses[where]?.content?.['application/json']?.schema;
  const pathPointer = `paths/${path.replaceAll('/', '~1')}/${method.toLowerCase()}`;
  const place = `${pathPointer}/responses/${where}/content/application~1json/schema`;
  // No error body is documented for most operations: the envelope that others have (platform.md 9.1).
  if (status >= 400) {
    const pointer = isOAuth(operation) && schema ? `strict#/${place}` : ERROR_ENVELOPE;
    const documented = schema ? errorsOf(`documented#/${place}`, body) : [];
    return unlisted(operationId, [...documented, ...errorsOf(pointer, body)]);
  }
  if (!responses[where]) return unlisted(operationId, [`status ${status} is not documented`]);
  const newest = NEWEST[operationId];
  const found = schema && newest ? errorsOf(`documented#/${place}`, body) : [];
  if (newest) return unlisted(operationId, [...found, ...errorsOf(component(newest), body)]);
  if (schema) return unlisted(operationId, errorsOf(`strict#/${place}`, body));
  return body === '' ? [] : unlisted(operationId, ['a body where none is documented']);
}

const isOAuth = ({ path }: Operation) => path.startsWith('/restapi/oauth');
const component = (name: string) => `strict#/components/schemas/${name}`;
const ERROR_ENVELOPE = component('ApiErrorResponse');

/** What a notification does against the schema of its kind. */
export function eventViolations(schema: string, envelope: Json): string[] {
  return unlisted(schema, errorsOf(component(schema), envelope));
}

function errorsOf(pointer: string, value: Json): string[] {
  const validate = ajv.getSchema(pointer) as ValidateFunction | undefined;
  if (!validate) return [`${pointer} is no schema`];
  return validate(value) ? [] : (validate.errors ?? []).map(describe);
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const detail = params.additionalProperty ?? params.allowedValues ?? '';
  return `${instancePath.replace(/\/\d+(?=\/|$)/g, '/*')} ${message} ${detail}`.trim();
}

function unlisted(subject: string, found: string[]): string[] {
  return found.filter((violation) => {
    const listed = DEVIATIONS.find(
      (deviation) => deviation.of.test(subject) && deviation.violation.test(violation),
    );
    if (listed) usedDeviations.add(listed.reason);
    return !listed;
  });
}

/** Members that the contract does not know count as violations: the lists of deviations names them. */
function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  if (copy.type === 'object' && typeof copy.properties === 'object' && copy.properties.type !== 'string') {
    copy.additionalProperties = false;
  }
  return copy;
}
