// npm run chaos [-- --seed 1 --minutes 2 --replicas 3 --people 20 --rate 5 --rate-limits light=1000,heavy=100,auth=100 --sentinel --sign-in --fresh
// --faults WORD,WORD --fuzz 1000 --logs FILE] runs replicas of the server (1: one process, without Redis) through faults while people and agents
// act, and judges what was lost. Prints Markdown; exit code 1 if something was lost.
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { runTeamCampaign } from './team-campaign.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '2' },
    replicas: { type: 'string', default: '3' },
    people: { type: 'string', default: '20' },
    rate: { type: 'string', default: '5' },
    'rate-limits': { type: 'string', default: 'light=1000,heavy=100,auth=100' },
    'sign-in': { type: 'boolean', default: false },
    sentinel: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    logs: { type: 'string' },
    faults: { type: 'string', default: '' },
    fuzz: { type: 'string', default: '1000' },
  },
});
const run = values['sign-in'] ? runTeamCampaign : runCampaign;
const record = await run({
  seed: Number(values.seed),
  minutes: Number(values.minutes),
  replicas: Number(values.replicas),
  people: Number(values.people),
  rate: Number(values.rate),
  rateLimits: values['rate-limits'],
  sentinel: values.sentinel,
  fresh: values.fresh,
  logs: values.logs,
  fuzz: Number(values.fuzz),
  faults: values.faults.split(',').filter((word) => word !== ''),
});
console.log(record.markdown());
process.exit(record.isClean ? 0 : 1);
