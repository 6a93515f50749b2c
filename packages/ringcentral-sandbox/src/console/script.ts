/**
 * The script of the console: reads state and requests once a second while the page is visible, and acts by the
 * control interface.
 */
export const script = `
const CONTROL = '/sandbox/v1';
const SHOWN = 50;
const LOG_LINES = 15;
const byId = (id) => document.getElementById(id);
const [status, dial, calls, summary, people, log, targets, endAll, reset] =
  ['status', 'dial', 'calls', 'summary', 'people', 'log', 'targets', 'end-all', 'reset'].map(byId);
const live = ({ status: { code } }) => code !== 'Disconnected' && code !== 'Gone';

/** What a person can do, by the state of their party. A number says that they need a target. */
const ACTS = [
  { act: 'answer', label: 'Answer', on: ringing },
  { act: 'decline', label: 'Decline', on: ringing },
  { act: 'busy', label: 'Busy', on: ringing },
  { act: 'hold', label: 'Hold', on: (party) => talking(party) && !party.phone?.held },
  { act: 'unhold', label: 'Take back', on: (party) => talking(party) && party.phone?.held },
  { act: 'mute', label: 'Mute', on: (party) => talking(party) && !party.phone?.muted },
  { act: 'unmute', label: 'Unmute', on: (party) => talking(party) && party.phone?.muted },
  { act: 'park', label: 'Park', on: (party) => talking(party) && isOurs(party) && party.direction === 'Inbound' },
  { act: 'transfer', label: 'Transfer', needs: true, on: (party) => talking(party) && isOurs(party) },
  { act: 'leave-message', label: 'Leave a message', on: ({ status }) => status.code === 'VoiceMail' },
  { act: 'hangup', label: 'Hang up', on: live },
];
function ringing({ direction, status }) { return direction === 'Inbound' && status.code === 'Proceeding'; }
function talking({ status }) { return status.code === 'Answered' || status.code === 'Hold'; }
function isOurs({ extensionId }) { return extensionId !== undefined; }

let world = { extensions: [], devices: [], calls: [] };
let seenCalls = new Set();
let nextRequest = 0;
const drawn = new Map();

const element = (name, text, attributes = {}, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

async function send(method, path, body) {
  const response = await fetch(CONTROL + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : {};
  if (!response.ok) throw new Error(answer.error ?? answer.message ?? 'The sandbox answered ' + response.status);
  return answer;
}

/** Sends one request after the other, says how it went, and looks at once. */
async function performAll(what, requests) {
  try {
    for (const request of requests) await send(...request);
    status.textContent = what;
  } catch (error) {
    status.textContent = error.message;
  }
  await look();
}

const perform = (what, ...request) => performAll(what, [request]);

const button = (label, name, run) => {
  const made = element('button', label, { type: 'button', 'aria-label': name, 'data-key': name });
  made.addEventListener('click', run);
  return made;
};
const extensionOf = (id) => world.extensions.find((one) => one.id === String(id));
const end = (point = {}) => [point.name, point.phoneNumber].filter(Boolean).join(', ') || 'unknown';
const who = (party) => {
  const extension = extensionOf(party.extensionId);
  const point = party.direction === 'Outbound' ? party.from : party.to;
  return extension ? extension.extensionNumber + ' ' + extension.name : end(point);
};
const dialled = (text) => (text.startsWith('+') || text.startsWith('*') ? { phoneNumber: text } : { extensionNumber: text });

function drawParty(call, party) {
  const path = '/calls/' + call.telephonySessionId + '/parties/' + encodeURIComponent(party.id) + '/';
  const name = who(party);
  const acts = element('div', '', { class: 'acts' });
  const phones = world.devices.filter((one) => one.extensionId === party.extensionId && one.status === 'Online');
  let phone;
  if (ringing(party) && phones.length > 1) {
    phone = element('select', '', { 'aria-label': 'Phone of ' + name, 'data-key': 'phone ' + party.id },
      ...phones.map(({ id, name }) => element('option', name, { value: id })));
    acts.append(phone);
  }
  let target;
  for (const { act, label, on, needs } of ACTS) {
    if (!on(party)) continue;
    if (needs) {
      target = element('input', '', { 'aria-label': label + ' ' + name + ' to', list: 'targets', size: 12, 'data-key': act + ' ' + party.id });
      acts.append(target);
    }
    acts.append(button(label, label + ': ' + name, () => {
      const chosen = phone?.value ?? phones[0]?.id;
      const body = act === 'answer' && chosen ? { deviceId: chosen } : needs ? dialled(target.value.trim()) : {};
      return perform(label + ': ' + name, 'POST', path + act, body);
    }));
  }
  const flags = [
    party.phone?.muted && 'muted at the phone', party.api?.muted && 'muted by the API',
    party.phone?.held && 'held at the phone', party.api?.held && 'held by the API',
    party.park?.id && 'park code ' + party.park.id,
    party.recordings?.some(({ active }) => active) && 'recording',
  ].filter(Boolean);
  const { code, reason } = party.status;
  return element('div', '', { class: 'party' + (live(party) ? '' : ' over') },
    element('p', '', {},
      element('strong', name), document.createTextNode(party.direction === 'Outbound' ? ' calls, ' : ' is called, '),
      element('span', code + (reason ? ' (' + reason + ')' : ''), { class: 'state' }),
      document.createTextNode(flags.length > 0 ? ', ' + flags.join(', ') : '')),
    ...(acts.children.length > 0 ? [acts] : []));
}

function drawCall(call) {
  const short = call.telephonySessionId.slice(-6);
  const isLive = call.parties.some(live) || call.parties.length === 0;
  const header = element('header', '', {}, element('h3', call.origin.type + ' …' + short, { title: call.telephonySessionId }));
  if (call.origin.type === 'Conference' && !call.parties.some((party) => party.conferenceRole === 'Host')) {
    const host = world.devices.find(({ status, listed }) => status === 'Online' && listed);
    header.append(button('Host joins', 'Host joins …' + short, () =>
      perform('The host joins', 'POST', '/calls/' + call.telephonySessionId + '/parties/' + call.telephonySessionId + '-1/join', { deviceId: host?.id })));
  }
  if (isLive) {
    header.append(button('Network drops it', 'Network drops call …' + short, () =>
      perform('The network dropped it', 'DELETE', '/calls/' + call.telephonySessionId)));
  }
  return element('article', '', { 'aria-label': 'Call ' + short, class: isLive ? '' : 'over' }, header,
    ...call.parties.map((party) => drawParty(call, party)));
}

/** Only what has changed is drawn again, and the focus stays where it was. */
function drawCalls() {
  const ordered = [...world.calls].reverse()
    .sort((one, other) => Number(other.parties.some(live)) - Number(one.parties.some(live)));
  const shown = ordered.slice(0, SHOWN);
  const focused = document.activeElement?.dataset?.key;
  for (const [id, { made }] of drawn) {
    if (!shown.some((call) => call.telephonySessionId === id)) { made.remove(); drawn.delete(id); }
  }
  for (const [index, call] of shown.entries()) {
    const text = JSON.stringify(call);
    const old = drawn.get(call.telephonySessionId);
    if (old?.text !== text) {
      const made = drawCall(call);
      old?.made.remove();
      drawn.set(call.telephonySessionId, { text, made });
    }
    const { made } = drawn.get(call.telephonySessionId);
    if (calls.children[index] !== made) calls.insertBefore(made, calls.children[index] ?? null);
  }
  if (focused && document.activeElement?.dataset?.key !== focused) {
    calls.querySelector('[data-key="' + CSS.escape(focused) + '"]')?.focus();
  }
  const count = world.calls.filter(({ parties }) => parties.some(live)).length;
  const fresh = world.calls.filter(({ telephonySessionId }) => !seenCalls.has(telephonySessionId));
  seenCalls = new Set(world.calls.map(({ telephonySessionId }) => telephonySessionId));
  const text = count === 0 ? 'No calls. Place one above.' :
    count + (count === 1 ? ' call is live' : ' calls are live') + (ordered.length > SHOWN ? ', the newest ' + SHOWN + ' are shown' : '') +
    (fresh.length > 0 ? '; new: ' + fresh.slice(0, 3).map(({ parties: [first] }) => first ? who(first) : 'a conference').join(', ') : '') + '.';
  if (fresh.length > 0 || !summary.textContent.startsWith(text.slice(0, -1))) summary.textContent = text;
}

function drawPeople() {
  people.replaceChildren(...world.extensions.map(({ id, extensionNumber, name, type, dndStatus }) => {
    const state = element('td');
    if (type === 'User') {
      const choice = element('select', '', { 'aria-label': 'Do not disturb of ' + name },
        ...['TakeAllCalls', 'DoNotAcceptDepartmentCalls', 'DoNotAcceptAnyCalls'].map((value) => element('option', value, { value })));
      choice.value = dndStatus;
      choice.addEventListener('change', () =>
        perform(name + ': ' + choice.value, 'PATCH', '/extensions/' + extensionNumber, { dndStatus: choice.value }));
      state.append(choice);
    }
    const phones = element('div', '', { class: 'acts' });
    for (const device of world.devices.filter((one) => one.extensionId === id)) {
      const other = device.status === 'Online' ? 'Offline' : 'Online';
      phones.append(button(device.name + ': ' + device.status, device.name + ', now ' + device.status + ', set ' + other, () =>
        perform(device.name + ': ' + other, 'PATCH', '/devices/' + device.id, { status: other })));
    }
    return element('tr', '', {}, element('th', extensionNumber + ' ' + name + (type === 'User' ? '' : ' (' + type + ')'), { scope: 'row' }), state, element('td', '', {}, phones));
  }));
  const from = dial.elements.from;
  const chosen = from.value;
  from.replaceChildren(element('option', 'an outside number', { value: '' }),
    ...world.devices.filter(({ status }) => status === 'Online').map(({ id, name, extensionNumber }) =>
      element('option', extensionNumber + ' ' + name, { value: extensionNumber + ' ' + id })));
  from.value = [...from.options].some(({ value }) => value === chosen) ? chosen : '';
  targets.replaceChildren(...world.extensions.map(({ extensionNumber, name }) => element('option', name, { value: extensionNumber })),
    element('option', 'the main number', { value: '+12055550100' }), element('option', 'direct number of 101', { value: '+12055550101' }));
}

async function drawLog() {
  const { requests, next } = await send('GET', '/requests?since=' + nextRequest);
  nextRequest = next;
  for (const { time, method, path, status } of requests.slice(-LOG_LINES)) {
    log.prepend(element('li', String(time).slice(11, 19) + ' ' + method + ' ' + path + ' → ' + (status ?? '…')));
  }
  while (log.children.length > LOG_LINES) log.lastChild.remove();
}

let peopleText;
async function look() {
  try {
    world = await send('GET', '/state');
    const text = JSON.stringify([world.extensions, world.devices]);
    if (text !== peopleText) drawPeople();
    peopleText = text;
    drawCalls();
    await drawLog();
  } catch (error) {
    status.textContent = 'The sandbox does not answer: ' + error.message;
  }
}

const showOutside = () => {
  for (const label of dial.querySelectorAll('.outside')) label.hidden = dial.elements.from.value !== '';
};
dial.elements.from.addEventListener('change', showOutside);
dial.addEventListener('submit', (event) => {
  event.preventDefault();
  const { from, number, name, to } = dial.elements;
  const [extensionNumber, deviceId] = from.value.split(' ');
  const caller = deviceId ? { extensionNumber, deviceId } : { phoneNumber: number.value.trim(), name: name.value.trim() };
  perform('Calling ' + to.value.trim(), 'POST', '/calls', { from: caller, to: dialled(to.value.trim()) });
});
endAll.addEventListener('click', () => perform('All calls have ended', 'DELETE', '/calls'));
// A reset is silent: without their end, apps would take the calls for live.
reset.addEventListener('click', () =>
  performAll('The sandbox is as at its start', [['DELETE', '/calls'], ['POST', '/reset']]));

await look();
showOutside();
setInterval(() => document.visibilityState === 'visible' && look(), 1000);
`;
