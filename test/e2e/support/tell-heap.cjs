// Preloaded into a server: writes on stderr, at the exit, how many MiB V8 has for what is new.
const { getHeapSpaceStatistics } = require('node:v8');

process.on('exit', () => {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  process.stderr.write(String(young.space_size / 2 ** 20));
});
