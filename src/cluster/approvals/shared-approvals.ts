import type { SharedApprovals } from '../../guard/approvals/approvals.ts';
import { createRedisLoginRecords } from './redis-login-records.ts';
import { RedisPendingApprovals, type RedisPendingApprovalsOptions } from './redis-pending-approvals.ts';

/** What the operator's pages of all replicas have in common, in Redis. */
export const shareApprovals = (options: RedisPendingApprovalsOptions): SharedApprovals => ({
  pending: new RedisPendingApprovals(options),
  logins: createRedisLoginRecords(options.redis),
});
