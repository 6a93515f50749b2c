// Preloaded into a server: writes on stderr, at the exit, how many scripts V8 had to compile.
const vm = require('node:vm');

let compiled = 0;
vm.Script = class extends vm.Script {
  constructor(...about) {
    super(...about);
    if (this.cachedDataRejected !== false) compiled += 1;
  }
};
process.on('exit', () => process.stderr.write(String(compiled)));
