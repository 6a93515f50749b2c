import type { Interaction, Provider } from 'oidc-provider';
import { type ScopeWords, scopeWords } from './scopes.ts';

/** Scopes that a client asks for in its authorization request, as this server knows them. */
export function askedScopes({ params }: Interaction): readonly ScopeWords[] {
  const asked = new Set(String(params.scope ?? '').split(' '));
  return scopeWords.filter(({ scope }) => asked.has(scope));
}

/**
 * Notes what a person lets a client do. What was asked for and not granted is noted as refused, so that it is not asked
 * for again and again in the same request.
 * @returns the id of the permission
 */
export async function savePermission(
  provider: Provider,
  interaction: Interaction,
  subject: string,
  granted: readonly string[],
): Promise<string> {
  const { params } = interaction;
  const grant = new provider.Grant({ accountId: subject, clientId: String(params.client_id) });
  const asked = String(params.scope ?? '').split(' ');
  const given = asked.filter((scope) => granted.includes(scope) || scope === 'offline_access');
  const refused = asked.filter((scope) => !given.includes(scope));
  if (given.length > 0) grant.addOIDCScope(given.join(' '));
  if (refused.length > 0) grant.rejectOIDCScope(refused.join(' '));
  for (const resource of [params.resource].flat()) {
    if (given.length > 0) grant.addResourceScope(String(resource), given.join(' '));
    if (refused.length > 0) grant.rejectResourceScope(String(resource), refused.join(' '));
  }
  return grant.save();
}
