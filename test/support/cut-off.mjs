// Loaded into a server before it (`node --import`): as long as the file CUT_OFF_FILE exists, nothing gets to the port
// CUT_OFF_PORT. Replicas share a line where they name the platform alike, so it cannot be cut by another address for one.
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';

const { CUT_OFF_PORT: port, CUT_OFF_FILE: file } = process.env;
const isCutOff = () => existsSync(file);
const open = new Set();
const { connect } = Socket.prototype;

Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  if (String(options?.port) !== port) return connect.apply(this, args);
  if (isCutOff()) {
    const error = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    process.nextTick(() => this.destroy(error));
    return this;
  }
  open.add(this);
  this.once('close', () => open.delete(this));
  return connect.apply(this, args);
};

setInterval(() => {
  if (isCutOff()) for (const socket of open) socket.destroy();
}, 50).unref();
