// `npm run bundle:mcpb`: writes the bundle that Claude Desktop installs.
import { writeFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';
import { bundle } from './lib/mcpb.ts';

ensureInstalled();
ensureBuilt();
const bytes = bundle();
const path = 'ringcentral-call-control-mcp.mcpb';
writeFileSync(path, bytes);
console.log(`${path}: ${Math.round(bytes.length / 1024)} KiB`);
