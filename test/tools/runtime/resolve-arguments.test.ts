import { afterEach, describe, expect, it } from 'vitest';
import { no, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';

let testbed: ServerTestbed;
afterEach(() => testbed.close());

const devices = async () => {
  const { devices } = await testbed.control.state();
  const find = (type: string) => devices.find((one) => one.name.startsWith('Alice') && one.type === type)?.id;
  return { desk: find('HardPhone') ?? '', soft: find('SoftPhone') ?? '' };
};
const setStatus = (id: string, status: string) => testbed.control.patch(`/devices/${id}`, { status });

describe('the phone, where none is named', () => {
  it.each(['2025', '2026'] as const)('is the confirmed one, with a host of %s', async (era) => {
    testbed = await startServerTestbed();
    const host = await testbed.host(era, no);
    const { telephonySessionId } = await testbed.stage.ringing();
    const answered = await host.call('answer_call_party', { telephonySessionId });
    expect(answered.structuredContent.outcome, answered.text).toBe('observed');
    const placed = await host.call('create_call_out_call_session', { toExtensionNumber: '103' });
    expect(placed.isError, placed.text).toBeFalsy();
    const bodies = (await testbed.acts()).map(({ body }) => JSON.stringify(body));
    const { desk } = await devices();
    expect(bodies.every((body) => body.includes(desk))).toBe(true);
    expect(host.questions).toEqual([]);
  });

  it('is the only usable one, and the person is asked about it by its name, once', async () => {
    testbed = await startServerTestbed({ phone: 'none' });
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.ringing();
    const answered = await host.call('answer_call_party', { telephonySessionId });
    expect(answered.isError, answered.text).toBeFalsy();
    expect(host.questions).toHaveLength(1);
    expect(host.questions[0]).toContain("«Alice's desk phone»");
    expect((await testbed.acts()).at(-1)?.body).toEqual({ deviceId: (await devices()).desk });
    await host.call('create_call_out_call_session', { toExtensionNumber: '103' });
    expect(host.questions).toHaveLength(1);
  });

  it('is not guessed where there are two: the error lists both', async () => {
    testbed = await startServerTestbed({ phone: 'none' });
    const { desk, soft } = await devices();
    await setStatus(soft, 'Online');
    const host = await testbed.host('2025', yes);
    const refused = await host.call('create_call_out_call_session', { toExtensionNumber: '103' });
    const { error } = refused.structuredContent;
    expect(error).toMatchObject({ kind: 'invalid_input', parameter: 'fromDeviceId' });
    expect(error.message).toContain(desk);
    expect(error.message).toContain(soft);
    expect(await testbed.acts()).toEqual([]);
  });

  it('is not another one where the confirmed one is off: the error says so and lists the others', async () => {
    testbed = await startServerTestbed();
    const { desk, soft } = await devices();
    await setStatus(soft, 'Online');
    await setStatus(desk, 'Offline');
    const host = await testbed.host('2025', yes);
    const { telephonySessionId } = await testbed.stage.ringing();
    const { error } = (await host.call('answer_call_party', { telephonySessionId })).structuredContent;
    expect(error.message).toContain(`Your confirmed phone cannot be used now: ${desk}`);
    expect(error.message).toContain(`Say which phone, as deviceId: ${soft}`);
  });

  it('is not guessed where the one that is set is not there: the error says so and lists those there are', async () => {
    testbed = await startServerTestbed({ phone: 'Kitchen' });
    const { desk, soft } = await devices();
    await setStatus(soft, 'Online');
    const host = await testbed.host('2025', yes);
    const { telephonySessionId } = await testbed.stage.ringing();
    const { error } = (await host.call('answer_call_party', { telephonySessionId })).structuredContent;
    expect(error.message).toBe(
      'RC_MCP_PHONE is "Kitchen", which is none of your phones. ' +
        `Say which phone, as deviceId: ${desk} Alice's desk phone (Online), ${soft} Alice's softphone (Online).`,
    );
  });

  it('is missing where none is usable, which the error says of each', async () => {
    testbed = await startServerTestbed();
    const { desk } = await devices();
    await setStatus(desk, 'Offline');
    const host = await testbed.host('2025', yes);
    const { error } = (await host.call('create_call_out_call_session', { toExtensionNumber: '103' }))
      .structuredContent;
    expect(error).toMatchObject({ kind: 'wrong_state' });
    expect(error.message).toContain('(Offline)');
  });
});

it('voicemail "own" is the own mailbox', async () => {
  testbed = await startServerTestbed();
  const host = await testbed.host('2025', no);
  const { telephonySessionId } = await testbed.stage.ringing();
  const sent = await host.call('forward_call_party', { telephonySessionId, voicemail: 'own' });
  expect(sent.isError, sent.text).toBeFalsy();
  const own = await testbed.control.extensionId('101');
  expect((await testbed.acts()).at(-1)?.body).toEqual({ voicemail: own });
});

describe('a colleague by name', () => {
  it.each(['Bob', 'brown, bob', 'Bob Brown', '102'])('is found as %s', async (extensionNumber) => {
    testbed = await startServerTestbed();
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.talking();
    const told = await host.call('transfer_call_party', { telephonySessionId, extensionNumber });
    expect(told.isError, told.text).toBeFalsy();
    expect((await testbed.acts()).at(-1)?.body).toEqual({ extensionNumber: '102' });
  });

  it('is called by it', async () => {
    testbed = await startServerTestbed();
    const host = await testbed.host('2026', yes);
    const told = await host.call('create_call_out_call_session', { toExtensionNumber: 'Carol' });
    expect(told.isError, told.text).toBeFalsy();
    expect((await testbed.acts()).at(-1)?.body).toMatchObject({ to: { extensionNumber: '103' } });
  });

  it.each([
    ['nobody', { kind: 'not_found', parameter: 'extensionNumber' }],
    ['...', { kind: 'not_found', parameter: 'extensionNumber' }],
    // You are not your own colleague.
    ['Alice Admin', { kind: 'invalid_input', message: 'That is your own extension. Nothing was done.' }],
    ['9x9', { kind: 'invalid_input' }],
  ])('is not guessed for %s, and nothing is done', async (extensionNumber, error) => {
    testbed = await startServerTestbed();
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.talking();
    const told = await host.call('transfer_call_party', { telephonySessionId, extensionNumber });
    expect(told.structuredContent.error, told.text).toMatchObject(error);
    expect(await testbed.acts()).toEqual([]);
  });

  it('is not one of several that fit: the error lists them', async () => {
    testbed = await startServerTestbed();
    await testbed.control.addUser('122', 'Bob', 'Fine');
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.talking();
    const told = await host.call('transfer_call_party', { telephonySessionId, extensionNumber: 'bob' });
    const { error } = told.structuredContent;
    expect(error).toMatchObject({ kind: 'invalid_input', parameter: 'extensionNumber' });
    for (const extensionNumber of ['102', '122']) expect(error.message).toContain(extensionNumber);
    expect(await testbed.acts()).toEqual([]);
  });

  it.each(['Jos', 'Josefa', 'Bo'])('is not guessed for a part of a name: %s', async (extensionNumber) => {
    testbed = await startServerTestbed();
    await testbed.control.addUser('122', 'Josephine', 'Smith');
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.talking();
    const told = await host.call('transfer_call_party', { telephonySessionId, extensionNumber });
    expect(told.structuredContent.error, told.text).toMatchObject({ kind: 'not_found' });
    expect(await testbed.acts()).toEqual([]);
  });

  it.each(['NFC', 'NFD'])('is the same in every form of Unicode: %s', async (form) => {
    testbed = await startServerTestbed();
    await testbed.control.addUser('121', 'Jos\u00e9', 'Alvarez');
    await testbed.control.addUser('122', 'Josephine', 'Smith');
    const host = await testbed.host('2026', yes);
    const { telephonySessionId } = await testbed.stage.talking();
    const extensionNumber = 'Jos\u00e9'.normalize(form);
    const told = await host.call('transfer_call_party', { telephonySessionId, extensionNumber });
    expect(told.isError, told.text).toBeFalsy();
    expect((await testbed.acts()).at(-1)?.body).toEqual({ extensionNumber: '121' });
  });
});
