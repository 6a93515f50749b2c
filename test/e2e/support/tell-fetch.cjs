// Preloaded into a server: writes on stderr, at the exit, whether Node has loaded the client behind its global `fetch`.
process.on('exit', () => {
  process.stderr.write(String(process.moduleLoadList.some((name) => name.includes('deps/undici/undici'))));
});
