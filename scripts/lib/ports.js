import { connect, createServer } from 'node:net';

/** Whether nobody listens on this port of the machine. */
export const isFree = (port) =>
  new Promise((answer) => {
    const probe = createServer().once('error', () => answer(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });

/** A port that was free just now. */
export const freePort = () =>
  new Promise((answer, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => answer(port));
    });
  });

/** Whether somebody takes connections there. */
export const answers = (port) =>
  new Promise((answer) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
      .once('connect', () => socket.destroy());
  });
