// Vitest runs this before any test: what spawns the server, or weighs it, looks at dist, which is then the sources'.
export { ensureBuilt as default } from './ensure.js';
