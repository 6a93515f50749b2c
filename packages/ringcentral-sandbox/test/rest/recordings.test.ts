import { describe, expect, it } from 'vitest';
import { type Login, openSandbox, type TestSandbox } from '../support.ts';

/** A recording of that many seconds, and the call is over for long enough. */
async function recorded(sandbox: TestSandbox, login: Login, seconds: number): Promise<string> {
  const sessionId = await sandbox.connectedCall();
  const { id } = await sandbox.partyOf(sessionId, '101');
  const path = `/account/~/telephony/sessions/${sessionId}/parties/${id}/recordings`;
  const { body } = await login.post(path);
  await sandbox.advance(seconds * 1000);
  await sandbox.act(sessionId, '101', 'hangup');
  await sandbox.advance(60_000);
  return body.id;
}

describe('the content of a recording', () => {
  it.each([
    ['as long as the recording', 40, 40],
    ['at most a minute long', 100, 60],
  ])('is silence, %s', async (_, seconds, heard) => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { body } = await login.get(`/account/~/recording/${await recorded(sandbox, login, seconds)}`);
    expect(body).toMatchObject({ duration: seconds, contentType: 'audio/wav' });
    const response = await fetch(body.contentUri, {
      headers: { Authorization: `Bearer ${login.token.access_token}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('x-rate-limit-group')).toBe('heavy');
    const wav = Buffer.from(await response.arrayBuffer());
    expect(Number(response.headers.get('content-length'))).toBe(wav.length);
    expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
    const bytesPerSecond = wav.readUInt32LE(28);
    expect(wav.toString('latin1', 36, 40)).toBe('data');
    expect(wav.readUInt32LE(40)).toBe(heard * bytesPerSecond);
    expect(wav.length).toBe(44 + heard * bytesPerSecond);
    expect(new Set(wav.subarray(44))).toEqual(new Set([0x80]));
  });

  it('takes the token in the query too, as players need it', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const path = `/restapi/v1.0/account/~/recording/${await recorded(sandbox, login, 40)}/content`;
    const response = await fetch(`${sandbox.serverUrl}${path}?access_token=${login.token.access_token}`);
    expect(response.status).toBe(200);
    expect((await sandbox.fetch(path)).status).toBe(401);
  });

  it('is not there for an unknown recording, nor while the call goes on', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const unknown = await login.get('/account/~/recording/1/content');
    expect(unknown.status).toBe(404);
    expect(unknown.body.errors[0]).toMatchObject({ errorCode: 'CMN-102', parameterName: 'callRecordingId' });
    const sessionId = await sandbox.connectedCall();
    const { id } = await sandbox.partyOf(sessionId, '101');
    const { body } = await login.post(`/account/~/telephony/sessions/${sessionId}/parties/${id}/recordings`);
    expect((await login.get(`/account/~/recording/${body.id}/content`)).status).toBe(404);
  });

  it('does not go through the WebSocket', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const id = await recorded(sandbox, login, 40);
    const [meta] = await (await login.gateway()).request('GET', `/account/~/recording/${id}/content`);
    expect(meta.status).toBe(404);
  });
});
