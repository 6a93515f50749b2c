// The process of one subject: `process.ts NAME '{"quick":false,"args":[]}'`, started by run.ts.
import type { Subject } from './subject.ts';

const [name, options] = process.argv.slice(2);

// Whoever asked is gone: end as by a signal, so that a subject can end what it started.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const { subject } = (await import(`../${name}.ts`)) as { subject: Subject };
const tables = await subject.run(JSON.parse(options ?? '{}'));
process.send?.({ about: subject.about, tables }, () => process.exit());
