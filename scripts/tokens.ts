// `npm run tokens`: what the definition of each tool costs a model (o200k), as test/tools/conventions.test.ts bounds it.
import { tokenTable } from './lib/tool-tokens.ts';

process.stdout.write(`${tokenTable()}\n`);
