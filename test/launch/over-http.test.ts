import { expect, it } from 'vitest';
import { hasSignIn, isOverHttp } from '../../src/launch/over-http.ts';

it.each<[string[], Record<string, string>, { http: boolean; signIn: boolean }]>([
  [[], {}, { http: false, signIn: false }],
  [['--http'], {}, { http: true, signIn: false }],
  [['serve', '--http=:0'], {}, { http: true, signIn: false }],
  [['--sandbox', '--sign-in'], {}, { http: false, signIn: true }],
  [[], { RC_MCP_HTTP: '1', RC_MCP_SIGN_IN: 'true' }, { http: true, signIn: true }],
  [[], { RC_MCP_HTTP: ' 0 ', RC_MCP_SIGN_IN: 'False' }, { http: false, signIn: false }],
  [[], { RC_MCP_HTTP: ' ', RC_MCP_SIGN_IN: '' }, { http: false, signIn: false }],
])('%j with %j', (words, env, { http, signIn }) => {
  expect(isOverHttp(words, env)).toBe(http);
  expect(hasSignIn(words, env)).toBe(signIn);
});
