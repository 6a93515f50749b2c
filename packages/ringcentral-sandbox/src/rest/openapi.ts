import { z } from 'zod';
import type { OperationName } from '../engine/api.ts';
import { BODIES } from '../engine/bodies.ts';
import { type OperationRoute, operationRoutes } from './operations.ts';

const SUMMARIES: Readonly<Record<OperationName, string>> = {
  createCallOutCallSession: 'Place a call from a device of the caller.',
  createConferenceCallSession: 'Open a conference, empty at first.',
  readCallSessionStatus: 'Read a call and its parties.',
  deleteCallSession: 'End a call for everybody.',
  createCallPartyWithBringIn: 'Bring a party of another call into a conference.',
  readCallPartyStatus: 'Read one party of a call.',
  updateCallParty: 'Mute or unmute a party, or set whether it stands alone.',
  deleteCallParty: 'Remove a party from a call.',
  holdCallParty: 'Put a call on hold.',
  unholdCallParty: 'Take a call off hold.',
  callParkParty: 'Park a call under a code.',
  callFlipParty: "Move the caller's side of a call to another phone.",
  replyParty: 'Have a text spoken to who is ringing, and end the call.',
  bridgeCallParty: 'Connect two calls, and leave both.',
  ignoreCallInQueue: 'Stop a call of a queue from ringing here.',
  superviseCallParty: 'Listen to one party of a call.',
  rejectParty: 'Stop a call from ringing here.',
  startCallRecording: 'Record a call.',
  pauseResumeCallRecording: 'Pause a recording, or go on with it.',
  answerCallParty: 'Answer a ringing call with a device.',
  transferCallParty: 'Transfer a call, unannounced.',
  pickupCallParty: 'Take a parked call with a device.',
  forwardCallParty: 'Send a ringing call elsewhere.',
  superviseCallSession: 'Listen to all parties of a call.',
};

const PARAMETERS: Readonly<Record<string, string>> = {
  accountId: 'Id of the account; ~ is that of the login.',
  telephonySessionId: 'Id of the call.',
  partyId: 'Id of the party.',
  recordingId: 'Id of the recording.',
};

/** The 24 operations as an OpenAPI 3.0 document: from the routes and bodies by which requests are judged. */
export function openApiDocument(serverUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of operationRoutes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.0.3',
    info: { title: 'Call Control, simulated', version: '1.0.0' },
    servers: [{ url: serverUrl }],
    security: [{ login: [] }],
    components: { securitySchemes: { login: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operationOf({ operation, path }: OperationRoute): object {
  const schema = z.toJSONSchema(BODIES[operation], { target: 'openapi-3.0', io: 'input' });
  const hasBody = Object.keys(schema.properties ?? {}).length > 0;
  return {
    operationId: operation,
    summary: SUMMARIES[operation],
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
      name,
      in: 'path',
      required: true,
      description: PARAMETERS[name],
      schema: { type: 'string' },
    })),
    ...(hasBody && { requestBody: { content: { 'application/json': { schema } } } }),
    responses: { '2XX': { description: 'Done.' }, default: { description: 'Refused.' } },
  };
}
