import type { Feed, FeedState } from '../../ringcentral/wire/feed.ts';

const connectedStates: ReadonlySet<FeedState> = new Set(['live', 'resyncing']);
const downStates: ReadonlySet<FeedState> = new Set(['waiting', 'denied']);

/** Whether events come in. */
export const isConnected = ({ status }: Feed): boolean => connectedStates.has(status.state);

/** Whether no events will come in soon: the feed waits before its next try, or has been denied. */
export const isDown = ({ status }: Feed): boolean => downStates.has(status.state);
