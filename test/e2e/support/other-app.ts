import type { SandboxAddress } from './process.ts';

/** Logs in an app that the same person uses beside the agent. Answers its access token. */
export async function logInOtherApp(address: SandboxAddress): Promise<string> {
  const { serverUrl, clientId, clientSecret, jwt } = address;
  const login = await fetch(`${serverUrl}/restapi/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: jwt,
    }),
  });
  return ((await login.json()) as { access_token: string }).access_token;
}

/** A request of that app. Answers its status. */
export async function sendAsOtherApp(
  { serverUrl }: SandboxAddress,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<number> {
  const response = await fetch(`${serverUrl}/restapi/v1.0/account/~/telephony${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status;
}
