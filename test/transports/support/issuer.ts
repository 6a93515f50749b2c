import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const audience = 'https://calls.example.com/mcp';

/** An authorization server: its metadata, its keys, and tokens as a test needs them. */
export async function startIssuer() {
  const trusted = await generateKeyPair('ES256');
  const stranger = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(trusted.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const issuer = {
    url: '',
    down: false,
    /** It answers when this is done. */
    busy: Promise.resolve(),
    requests: [] as string[],
    /** What clients wanted tokens for (RFC 8707). */
    resources: [] as unknown[],
    minted: [] as string[],
  };
  const documents: Record<string, (request: IncomingMessage) => object | Promise<object>> = {
    '/.well-known/oauth-authorization-server': () => ({
      issuer: issuer.url,
      jwks_uri: `${issuer.url}/jwks`,
      authorization_endpoint: `${issuer.url}/authorize`,
      token_endpoint: `${issuer.url}/token`,
      response_types_supported: ['code'],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
    }),
    '/jwks': () => ({ keys: [jwk] }),
    '/token': grant,
  };
  const server = createServer(async (request, response) => {
    issuer.requests.push(request.url ?? '');
    await issuer.busy;
    const document = issuer.down ? undefined : await documents[request.url ?? '']?.(request);
    response.writeHead(document ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    token,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  /** A good token, unless the claims or the key say otherwise. */
  async function token(
    claims: JWTPayload = {},
    { key = 'trusted' }: { key?: 'trusted' | 'stranger' } = {},
  ): Promise<string> {
    const jwt = await new SignJWT({
      iss: issuer.url,
      aud: audience,
      sub: 'ada',
      scope: 'calls:read calls:control',
      exp: Math.floor(Date.now() / 1000) + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign((key === 'trusted' ? trusted : stranger).privateKey);
    issuer.minted.push(jwt);
    return jwt;
  }

  /** `client_credentials`, of whoever comes: a token for the scopes and the resource that were asked for. */
  async function grant(request: IncomingMessage) {
    const form = new URLSearchParams(await text(request));
    const resource = form.get('resource') ?? '';
    issuer.resources.push(resource);
    const [, basic = ''] = request.headers.authorization?.split(' ') ?? [];
    const [sub] = Buffer.from(basic, 'base64').toString().split(':');
    return {
      access_token: await token({
        sub,
        scope: form.get('scope'),
        aud: new URL(new URL(resource).pathname, audience).href,
      }),
      token_type: 'Bearer',
    };
  }
}
