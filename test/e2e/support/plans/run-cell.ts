import type { ToolAnswer } from '../agents.ts';
import type { LoggedRequest } from '../control.ts';
import { answers, type PlanCase, type StepCase } from './cases.ts';
import { type Evidence, judge } from './judge.ts';
import { callOf, type Moment } from './moments.ts';
import { placesOf } from './places.ts';
import { ada, CannotHappen, eve, heldMs, Scene, TooSlow, zoe } from './scene.ts';

/** What became of a plan in a bad moment. */
export interface Row {
  /** What the agent was told, with names for numbers. */
  told: string;
  /** Where everybody is, by the sandbox. */
  places: string;
  /** What is not as promised. */
  wrong: string[];
}

/**
 * Brings a plan to a step, lets something happen there, lets people go on as usual, and judges the end. Gives nothing
 * where it cannot happen there.
 */
export async function runCell(
  plan: PlanCase,
  step: StepCase,
  moment: Moment,
  attempts = 3,
): Promise<Row | undefined> {
  const scene = await Scene.open();
  try {
    moment.before?.(scene);
    await plan.lay(scene);
    await moment.arrange?.(scene);
    if (moment.byHand) await scene.logInOtherApp();
    await step.before?.(scene);
    scene.colleague = step.colleague;
    scene.joins = step.joined ?? false;
    const fault = {
      kind: 'http',
      ...step.request?.(scene),
      times: 1,
      ...(moment.fault ?? { delayMs: heldMs }),
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
      const held = await isAt(step, scene);
      const { next } = await scene.control.requests();
      const on = moment.on ?? step.on;
      const before = moment.byHand && (await legOf(scene, on));
      await moment.happens(scene, { ...step, on });
      since = (await scene.control.requests()).next;
      if (moment.byHand) {
        own.push(...(await scene.control.requests(next)).requests);
        const isLate = (await scene.requests()).some(({ seq, status }) => seq === held && status !== null);
        if (isLate) throw new TooSlow();
        if (before !== (await legOf(scene, on))) handAt = since;
      }
    }
    // Where it is to stop, people wait, so that the end is one.
    if (handAt === undefined && !moment.ends && !moment.stops) {
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
  } catch (error) {
    if (error instanceof CannotHappen) return undefined;
    if (!(error instanceof TooSlow) || attempts === 1) throw error;
  } finally {
    await scene.close();
  }
  return runCell(plan, step, moment, attempts - 1);
}

/** Waits until the plan is at the step: its request, whose number it gives, is under way, or it waits. */
async function isAt({ request, reached }: StepCase, scene: Scene): Promise<number | undefined> {
  if (!request) {
    await reached?.(scene);
    return undefined;
  }
  const { method, pathPattern } = request(scene);
  const path = new RegExp(pathPattern.replaceAll('*', '.*'));
  const { seq } = await scene.until(`${method} ${pathPattern}`, async () =>
    (await scene.requests()).find(
      (one) => one.method === method && path.test(one.path) && one.status === null,
    ),
  );
  return seq;
}

/** What events tell of Alice's leg of a call. */
async function legOf(scene: Scene, role: string): Promise<string> {
  const { status, muted } = await scene.leg(await callOf(scene, role));
  return JSON.stringify([status.code, muted]);
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
