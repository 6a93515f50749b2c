/** The operator's page. Everything variable reaches it as text, never as markup. */
export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Approvals</title>
<link rel="stylesheet" href="/page.css">
<script src="/page.js" type="module"></script>
</head>
<body>
<main>
<h1>Approvals</h1>
<form id="login">
<label for="passcode">Passcode</label>
<input id="passcode" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>
<p id="status" role="status"></p>
<ol id="questions" aria-live="polite"></ol>
</main>
</body>
</html>
`;

export const css = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 44rem; margin: 0 auto; padding: 1rem; }
#login:not([hidden]) { display: flex; gap: .5rem; align-items: center; }
#questions { list-style: none; padding: 0; display: grid; gap: 1rem; }
#questions li { border: 2px solid currentColor; border-radius: .5rem; padding: 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 1rem; }
small { opacity: .8; }
button, input { font: inherit; padding: .4rem .9rem; }
button + button { margin-left: .5rem; }
`;

export const script = `
const byId = (id) => document.getElementById(id);
const [login, passcode, status, list] = ['login', 'passcode', 'status', 'questions'].map(byId);
const KEY = 'approvals';
let questions = [];

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const send = (path, body) =>
  fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + sessionStorage.getItem(KEY) },
    body: JSON.stringify(body),
  });

const button = (question, label, answer) => {
  const made = element('button', label);
  made.type = 'button';
  made.addEventListener('click', async () => {
    const buttons = made.parentElement.querySelectorAll('button');
    for (const other of buttons) other.disabled = true;
    const response = await send('/questions/' + question.id, { answer });
    if (response.status === 503) {
      status.textContent = 'The server could not take the answer. Nothing was done; answer again.';
      for (const other of buttons) other.disabled = false;
    } else if (!response.ok) status.textContent = 'That question is no longer open.';
  });
  return made;
};

const show = (question) => {
  const left = element('small', '');
  left.dataset.expiresAt = question.expiresAt;
  const item = element('li', '',
    element('small', question.tool + ', asked for by ' + question.principal + ' '), left,
    element('pre', question.message),
    element('div', '',
      button(question, 'Approve', 'yes'),
      ...(question.offersGrant ? [button(question, 'Approve for ' + question.grantLasts, 'grant')] : []),
      button(question, 'Decline', 'declined')));
  item.dataset.id = question.id;
  return item;
};

const draw = () => {
  const open = new Set(questions.map(({ id }) => id));
  for (const item of [...list.children]) if (!open.has(item.dataset.id)) item.remove();
  const drawn = new Set([...list.children].map(({ dataset }) => dataset.id));
  list.append(...questions.filter(({ id }) => !drawn.has(id)).map(show));
  status.textContent = questions.length === 0 ? 'No question waits.' : '';
  document.title = questions.length === 0 ? 'Approvals' : '(' + questions.length + ') Approvals';
  tick();
};

const tick = () => {
  for (const left of document.querySelectorAll('[data-expires-at]')) {
    left.textContent = Math.max(0, Math.ceil((left.dataset.expiresAt - Date.now()) / 1000)) + ' s left';
  }
};
setInterval(tick, 1000);

/** One JSON list a line, a new one with each change. */
const listen = async () => {
  const response = await fetch('/questions', {
    headers: { authorization: 'Bearer ' + sessionStorage.getItem(KEY) },
  });
  login.hidden = response.ok;
  if (!response.ok) return response.status;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return 0;
    const lines = (rest + value).split('\\n');
    rest = lines.pop();
    const last = lines.filter((line) => line !== '').pop();
    if (last) {
      questions = JSON.parse(last);
      draw();
    }
  }
};

const stay = async () => {
  for (;;) {
    const code = await listen().catch(() => 0);
    if (code === 401) return;
    questions = [];
    draw();
    status.textContent = 'The server is gone. Trying again …';
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
};

login.addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await send('/login', { passcode: passcode.value });
  passcode.value = '';
  if (!response.ok) {
    status.textContent = response.status === 503 ? 'The server cannot let anybody in now. Try again.' : response.status === 429 ? 'Wrong, and one of many tries. The right passcode gets in at any time.' : 'Wrong passcode.';
    return;
  }
  sessionStorage.setItem(KEY, (await response.json()).token);
  stay();
});

if (sessionStorage.getItem(KEY)) stay();
`;
