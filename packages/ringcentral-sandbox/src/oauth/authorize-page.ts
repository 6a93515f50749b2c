const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** What the page's form sends of the app's request; whatever else the app wrote into the URL is left out. */
export const OAUTH_PARAMETERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const;

/** What the sign-in page shows. */
interface SignIn {
  app: { name: string; scopes: readonly string[] };
  /** Names and values that the form sends beside what the person chooses. */
  hidden: readonly (readonly [name: string, value: string])[];
  users: readonly { name: string; extensionNumber: string; isLocked: boolean; isDefault: boolean }[];
}

/**
 * The sign-in page as HTML: who asks for what, who may sign in, and the buttons `allow` and `deny`. Who is locked can
 * be chosen, to see what happens then.
 */
export function authorizePage({ app, hidden, users }: SignIn): string {
  const fields = hidden.map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const options = users.map(({ name, extensionNumber, isLocked, isDefault }) => {
    const text = `${name}, extension ${extensionNumber}${isLocked ? ' (locked)' : ''}`;
    const selected = isDefault ? ' selected' : '';
    return `<option value="${escapeHtml(extensionNumber)}"${selected}>${escapeHtml(text)}</option>`;
  });
  const scopes = app.scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`);
  return page(
    'Sign in to the sandbox',
    `<p>${escapeHtml(app.name)} asks for access to an account of this simulated RingCentral, with the permissions</p>
      <ul>
        ${scopes.join('\n        ')}
      </ul>
      <form method="post" action="/restapi/oauth/authorize">
        ${fields.join('\n        ')}
        <p>
          <label for="who">Who signs in</label>
          <select id="who" name="extensionNumber">
            ${options.join('\n            ')}
          </select>
        </p>
        <p>
          <button type="submit" name="allow" value="yes">Sign in and allow</button>
          <button type="submit" name="deny" value="yes">Refuse</button>
        </p>
      </form>`,
  );
}

/** The page that says why an app cannot sign in, as HTML. */
export function authorizeErrorPage(errorCode: string, message: string): string {
  return page('Cannot sign in', `<p>${escapeHtml(errorCode)}: ${escapeHtml(message)}</p>`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title}</title>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>
`;
}
