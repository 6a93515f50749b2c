import type { Leg } from '../../test/e2e/support/operations.ts';
import type { SandboxAddress } from '../../test/e2e/support/process.ts';

/** Calls of the platform by plain `fetch`, with nothing between. Throws where one is refused. */
export class Platform {
  readonly #sessions: string;
  readonly token: string;

  private constructor({ serverUrl }: SandboxAddress, token: string) {
    this.#sessions = `${serverUrl}/restapi/v1.0/account/~/telephony/sessions`;
    this.token = token;
  }

  static async login(address: SandboxAddress): Promise<Platform> {
    const answer = await fetch(`${address.serverUrl}/restapi/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${address.clientId}:${address.clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: address.jwt,
      }),
    });
    return new Platform(address, ((await answer.json()) as { access_token: string }).access_token);
  }

  async #send(method: string, path: string): Promise<unknown> {
    const response = await fetch(`${this.#sessions}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  read = ({ telephonySessionId }: Leg) => this.#send('GET', telephonySessionId);
  hold = ({ telephonySessionId, partyId }: Leg) =>
    this.#send('POST', `${telephonySessionId}/parties/${partyId}/hold`);
  unhold = ({ telephonySessionId, partyId }: Leg) =>
    this.#send('POST', `${telephonySessionId}/parties/${partyId}/unhold`);
}
