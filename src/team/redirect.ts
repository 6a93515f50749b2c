import type { ServerResponse } from 'node:http';

/** Sends a browser on; what it sends there is a GET. */
export const redirect = (response: ServerResponse, location: string): void => {
  response.writeHead(303, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();
};
