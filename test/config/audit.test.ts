import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ConfigError, readSettings } from '../../src/config.ts';

const key = 'a key of sixteen characters';
const read = (auditLog: string | undefined, env: Record<string, string> = {}) =>
  readSettings({ ...(auditLog && { auditLog }) }, { RC_MCP_AUDIT_KEY: key, ...env }).audit;

describe('the audit log of one server', () => {
  it('has no name and stays', () => {
    expect(read('audit.log')).toEqual({ file: 'audit.log', key });
    expect(read(undefined)).toBeUndefined();
  });

  it('may be kept for some days', () => {
    expect(read('audit.log', { RC_MCP_AUDIT_DAYS: '90' })).toEqual({ file: 'audit.log', key, days: 90 });
  });

  it.each(['0', '-1', '1.5', 'ninety', '90d', '1e3', '100000'])('is not kept for %s days', (days) => {
    expect(() => read('audit.log', { RC_MCP_AUDIT_DAYS: days })).toThrow(
      `RC_MCP_AUDIT_DAYS is "${days}"; it is a whole number of days`,
    );
  });

  it('is needed where days are set', () => {
    expect(() => read(undefined, { RC_MCP_AUDIT_DAYS: '90' })).toThrow(/RC_MCP_AUDIT_DAYS needs --audit-log/);
  });
});

describe('the audit log of a replica', () => {
  const redis = {
    RC_MCP_REDIS_URL: 'redis://127.0.0.1',
    RC_MCP_TEAM_KEY: Buffer.alloc(32, 7).toString('base64url'),
  };

  it('has the name of the replica, or of its host, in its lines and where its file says so', () => {
    const named = { ...redis, RC_MCP_REPLICA: 'a-1' };
    expect(read('audit.log', named)).toEqual({ file: 'audit.log', key, replica: 'a-1' });
    expect(read('/logs/{replica}/audit-{replica}.log', named)).toMatchObject({
      file: '/logs/a-1/audit-a-1.log',
    });
    expect(read('audit-{replica}.log', redis)).toEqual({
      file: `audit-${hostname()}.log`,
      key,
      replica: hostname(),
    });
  });

  it('has it without Redis, too, where somebody asks for it', () => {
    expect(read('audit.log', { RC_MCP_REPLICA: 'a' })).toMatchObject({ replica: 'a' });
    expect(read('audit-{replica}.log')).toMatchObject({ file: `audit-${hostname()}.log` });
  });

  it.each(['../other', 'a/b', 'two words', '-a', 'x'.repeat(64)])('is not called %s', (name) => {
    expect(() => read('audit.log', { RC_MCP_REPLICA: name })).toThrow(ConfigError);
  });
});
