// Loaded before a replica (NODE_OPTIONS=--import): sets its clock and cuts it off from the platform, as the file says that
// CHAOS_SWITCHES names. `clockMs`: how far the wall clock is ahead. `cutPort`: no connection to this port lives.
// `isDiskFull`: files take half of what is written.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

let switches = { clockMs: 0, cutPort: 0, isDiskFull: false };
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + switches.clockMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + switches.clockMs;
  }
};

const sockets = new Map();
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...given) {
  const [first] = given.flat();
  const port = Number(typeof first === 'object' ? first?.port : first);
  sockets.set(this, port);
  this.once('close', () => sockets.delete(this));
  if (port !== switches.cutPort) return connect.apply(this, given);
  process.nextTick(() => this.destroy(Object.assign(new Error('cut off'), { code: 'ECONNRESET' })));
  return this;
};

const write = fs.writeSync;
fs.writeSync = (fd, data, ...where) => {
  if (!switches.isDiskFull || fd <= 2) return write(fd, data, ...where);
  const bytes = Buffer.from(data);
  write(fd, bytes.subarray(0, bytes.length / 2));
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};
syncBuiltinESMExports();

function look() {
  try {
    switches = JSON.parse(fs.readFileSync(process.env.CHAOS_SWITCHES ?? '', 'utf8'));
  } catch {
    // It is being written.
    return;
  }
  for (const [socket, port] of sockets) {
    if (port === switches.cutPort && !socket.connecting) socket.destroy();
  }
}

look();
setInterval(look, 50).unref();
