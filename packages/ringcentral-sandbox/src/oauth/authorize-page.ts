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

/** The sign-in page as HTML: says who signs in, and has one button, which posts `query` back. */
export function authorizePage(
  query: URLSearchParams,
  user: { name: string; extensionNumber: string },
): string {
  const fields = [...query]
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n      ');
  return page(
    'Sign in to the sandbox',
    `<p>An app asks for access as ${escapeHtml(user.name)}, extension ${escapeHtml(user.extensionNumber)}.</p>
    <form method="post" action="/restapi/oauth/authorize">
      ${fields}
      <button type="submit">Sign in</button>
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
  <head><meta charset="utf-8"><title>${title}</title></head>
  <body>
    <h1>${title}</h1>
    ${content}
  </body>
</html>
`;
}
