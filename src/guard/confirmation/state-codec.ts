import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import { canonicalJson } from '../../shared/canonical.ts';

type StateContext = Partial<Pick<ServerContext, 'http'>>;

/** Signs the state that a host brings back, for ten minutes. */
export interface StateCodec<State> {
  mint(state: State, context: ServerContext): Promise<string>;
  /** Throws where it was not signed with one of the keys, is too old, or comes from somebody else. */
  verify(state: string, context: ServerContext): Promise<State>;
}

/** @param keys of 32 bytes or more: the first signs, all verify */
export function createStateCodec<State>(keys: readonly Uint8Array[]): StateCodec<State> {
  const [current, ...previous] = keys.map((key) =>
    createRequestStateCodec<State>({ key, ttlSeconds: 600, bind: askedThrough }),
  );
  if (!current) throw new TypeError('there is no key to sign with');
  return {
    mint: (state, context) => current.mint(state, context),
    verify: (state, context) =>
      previous.reduce(
        (verified, codec) => verified.catch(() => codec.verify(state, context)),
        current.verify(state, context),
      ),
  };
}

/**
 * Which principal and which app a question is put to: only they answer it (MCP "Elicitation", security considerations).
 */
const askedThrough = ({ http }: StateContext): string =>
  canonicalJson([http?.authInfo?.clientId ?? null, http?.authInfo?.extra?.grant ?? null]);
