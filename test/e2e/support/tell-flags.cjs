// Preloaded into a server: when it ends it writes the flags of V8 that it has set, as they are then.
const { writeSync } = require('node:fs');
const v8 = require('node:v8');

const { setFlagsFromString } = v8;
const flags = new Map();
v8.setFlagsFromString = (flag) => {
  flags.set(flag.replace(/^--(no-)?|=.*/g, ''), flag);
  setFlagsFromString(flag);
};
process.on('exit', () =>
  writeSync(2, `${JSON.stringify({ msg: 'flags of V8', flags: [...flags.values()] })}\n`),
);
