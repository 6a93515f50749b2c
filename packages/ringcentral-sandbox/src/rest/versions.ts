import type { ApiReply, ApiRequest } from './exchange.ts';

const VERSION = { versionString: '1.0.46', releaseDate: '2026-04-01T00:00:00.000Z', uriString: 'v1.0' };

/** GET /restapi and /restapi/v1.0: what versions there are. Apps begin with it, without a token (shapes assumed). */
export function versions({ method, path }: ApiRequest, serverUrl: string): ApiReply | undefined {
  if (method !== 'GET') return undefined;
  const version = { uri: `${serverUrl}/restapi/v1.0`, ...VERSION };
  const plain = path.replace(/\/$/, '');
  if (plain === '/restapi/v1.0') return { status: 200, body: version };
  if (plain !== '/restapi') return undefined;
  const server = { serverVersion: VERSION.versionString, serverRevision: '00000000' };
  return { status: 200, body: { uri: `${serverUrl}/restapi`, ...server, apiVersions: [version] } };
}
