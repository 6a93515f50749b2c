/** The tool whose results have the values of a parameter. */
export const parameterHints: Readonly<Record<string, string>> = {
  telephonySessionId: 'list_active_calls',
  targetTelephonySessionId: 'list_active_calls',
  partyId: 'read_call_session_status',
  targetPartyId: 'read_call_session_status',
  deviceId: 'list_devices',
  fromDeviceId: 'list_devices',
  supervisorDeviceId: 'list_devices',
  callFlipId: 'list_call_flip_numbers',
  agentExtensionId: 'list_monitored_extensions',
  agentExtensionNumber: 'list_monitored_extensions',
  extensionId: 'find_extensions',
  extensionNumber: 'find_extensions',
  toExtensionNumber: 'find_extensions',
  voicemail: 'find_extensions',
  parkOrbit: 'find_extensions',
  recordingId: 'read_call_session_status',
};

/** Parameters that the platform refuses because of the state of their call, which explain-refusal.ts tells. */
const ofTheCall: ReadonlySet<string> = new Set([
  'telephonySessionId',
  'partyId',
  'targetTelephonySessionId',
  'targetPartyId',
]);

/**
 * The tool whose results have right values of a parameter that the platform refused; undefined where there is none, or
 * where the state of the call is the cause.
 * @param parameter as the platform names it, e.g. `to.extensionNumber`
 */
export function valueSource(parameter = ''): string | undefined {
  const name = parameter.split('.').at(-1) ?? '';
  return ofTheCall.has(name) ? undefined : parameterHints[name];
}
