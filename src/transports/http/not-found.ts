import type { HttpConfig } from '../../config.ts';

/** Paths under which clients look for the endpoints and metadata of an authorization server. */
const signIn = /\/\.well-known\/|\/(?:register|authorize|token)$/;

/** The message of a 404: why there is nothing under a path, and where to go instead. */
export function nothingAt(path: string, { keys, oauth }: HttpConfig): string {
  if (!signIn.test(path)) return 'There is nothing here; MCP is at /mcp.';
  if (oauth) {
    return (
      `There is nothing here: the authorization server is ${oauth.issuer}, ` +
      'and /.well-known/oauth-protected-resource/mcp says so.'
    );
  }
  return keys
    ? 'There is nothing here: this server takes keys, which its operator makes, and no OAuth. ' +
        'Send yours as "Authorization: Bearer rcmcp_…" to /mcp.'
    : 'There is nothing here: nobody has to identify themselves to this server; MCP is at /mcp.';
}
