import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const audience = 'https://calls.example.com/mcp';

/** An authorization server: its metadata, its keys, and tokens as a test needs them. */
export async function startIssuer() {
  const trusted = await generateKeyPair('ES256');
  const stranger = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(trusted.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const issuer = { url: '', requests: [] as string[], down: false };
  const server = createServer((request, response) => {
    issuer.requests.push(request.url ?? '');
    const documents: Record<string, object> = {
      '/.well-known/oauth-authorization-server': { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` },
      '/jwks': { keys: [jwk] },
    };
    const document = issuer.down ? undefined : documents[request.url ?? ''];
    response.writeHead(document ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    /** A good token, unless the claims or the key say otherwise. */
    token: (claims: JWTPayload = {}, { key = 'trusted' }: { key?: 'trusted' | 'stranger' } = {}) =>
      new SignJWT({
        iss: issuer.url,
        aud: audience,
        sub: 'ada',
        scope: 'calls:read calls:control',
        exp: Math.floor(Date.now() / 1000) + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign((key === 'trusted' ? trusted : stranger).privateKey),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
