import type { ToolAnswer } from '../agents.ts';
import type { LoggedRequest } from '../control.ts';
import { answers, type PlanCase, type StepCase } from './cases.ts';
import { type Evidence, judge } from './judge.ts';
import { arrange, type Moment } from './moments.ts';
import { placesOf } from './places.ts';
import { ada, eve, Scene, zoe } from './scene.ts';

/** What became of a plan in a bad moment. */
export interface Row {
  /** What the agent was told, with names for numbers. */
  told: string;
  /** Where everybody is, by the sandbox. */
  places: string;
  /** What is not as promised. */
  wrong: string[];
}

/** Brings a plan to a step, lets something happen there, lets people go on as usual, and judges the end. */
export async function runCell(plan: PlanCase, step: StepCase, moment: Moment): Promise<Row> {
  const scene = await Scene.open();
  try {
    moment.before?.(scene);
    await plan.lay(scene);
    await arrange(moment, scene);
    await step.before?.(scene);
    scene.colleague = step.colleague;
    scene.joins = step.joined ?? false;
    const fault = {
      kind: 'http',
      ...step.request?.(scene),
      times: 1,
      ...(moment.fault ?? { delayMs: 1_500 }),
    };
    const isArmed = step.request && !step.isNext;
    if (isArmed) await scene.control.fault(fault);
    await scene.begin(plan.tool);
    if (step.request && step.isNext) {
      await step.isNext(scene);
      await scene.control.fault(fault);
    }
    const own: LoggedRequest[] = [];
    let since = scene.since;
    let handAt: number | undefined;
    if (moment.happens) {
      await isAt(step, scene);
      const { next } = await scene.control.requests();
      const before = await scene.control.state();
      await moment.happens(scene, step);
      const after = await scene.control.state();
      since = (await scene.control.requests()).next;
      if (moment.byHand) {
        own.push(...(await scene.control.requests(next)).requests);
        if (placesOf(before) !== placesOf(after)) handAt = since;
      }
    }
    // Where it is to stop, people wait, so that the end is one.
    if (handAt === undefined && !moment.ends && !moment.cancels) {
      scene.colleague ??= answers;
      scene.joins = true;
    }
    const told = moment.ends ? await successorTells(scene) : await agentIsTold(scene, moment);
    await scene.until('every request has been answered', async () =>
      (await scene.requests()).every(({ status }) => status !== null) || moment.fault?.hang
        ? true
        : undefined,
    );
    const evidence: Evidence = {
      since,
      truth: await scene.control.state(),
      requests: (await scene.requests()).filter(({ seq }) => own.every((one) => one.seq !== seq)),
      ...(handAt !== undefined && { handAt }),
      told: told.text,
      ...(told.plan && { plan: told.plan }),
    };
    return {
      told: tidied(told.text),
      places: placesOf(evidence.truth),
      wrong: [...judge(evidence, scene, moment), ...(told.wrong ?? [])],
    };
  } finally {
    await scene.close();
  }
}

/** Waits until the plan is at the step: its request is under way, or it waits. */
async function isAt({ request, reached }: StepCase, scene: Scene): Promise<void> {
  if (!request) return void (await reached?.(scene));
  const { method, pathPattern } = request(scene);
  const path = new RegExp(pathPattern.replaceAll('*', '.*'));
  await scene.until(`${method} ${pathPattern}`, async () =>
    (await scene.requests()).find(
      (one) => one.method === method && path.test(one.path) && one.status === null,
    ),
  );
}

interface Told {
  text: string;
  plan?: NonNullable<ToolAnswer['structuredContent']>;
  wrong?: string[];
}

/** What the agent is told when the plan has ended. */
async function agentIsTold(scene: Scene, { before }: Moment): Promise<Told> {
  let answer = await scene.begun;
  if (answer instanceof Error || answer === undefined) answer = await waitFor(scene, 'p1');
  for (let waits = 0; waits < 5 && answer.structuredContent?.plan?.state === 'running'; waits += 1) {
    answer = await waitFor(scene, answer.structuredContent.plan.planId);
  }
  const plan = answer.structuredContent?.plan;
  const text = answer.content[0]?.text ?? '';
  return {
    text,
    ...(plan && { plan }),
    wrong: plan?.state === 'ended' || (before && answer.isError) ? [] : [`the plan has not ended: ${text}`],
  };
}

const waitFor = (scene: Scene, planId: string): Promise<ToolAnswer> =>
  scene.host.call('wait_for_call_event', { planId, timeoutSeconds: 25 });

/** What the first result of the next start says, when the server has ended. */
async function successorTells(scene: Scene): Promise<Told> {
  await scene.host.ended();
  await scene.until('every request has been answered', async () =>
    (await scene.requests()).every(({ status }) => status !== null) ? true : undefined,
  );
  await scene.control.clearFaults();
  await scene.start();
  const answer = await scene.host.call('list_active_calls', {});
  return { text: answer.content[0]?.text ?? '' };
}

/** Without what differs from run to run, and with names for numbers. */
function tidied(text: string): string {
  const onHold = text.split('\n').filter((line) => line.startsWith('ON HOLD'));
  const [result = ''] = /^(Plan|denied)/.test(text) ? text.split('\n') : [onHold.join(' ')];
  return [ada, eve, zoe]
    .reduce((told, { phoneNumber, name }) => told.replaceAll(phoneNumber, name), result)
    .replaceAll('Bob Brown (extension 102)', 'Bob')
    .replace(/^Plan p1 \(\w+\) has ended: (\w+)\./, '**$1**')
    .replaceAll(/ since [^:]+:\d\d:\d\d UTC, [^:]+:/g, ':')
    .replaceAll(/\bc\d+\b/g, 'c1')
    .replaceAll(/ in \d+ s\b/g, ' in some seconds');
}
