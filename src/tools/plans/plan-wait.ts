import type { WaitStep } from './plan.ts';
import type { PlanWatch } from './plan-watch.ts';

/** Waits for an outcome of the step; undefined where something else has happened that is of more weight. */
export async function waitFor(step: WaitStep, watch: PlanWatch): Promise<string | undefined> {
  const { clock, sync } = watch.context.line;
  const ms = step.seconds(watch.calls) * 1_000;
  const ends = clock.now() + ms;
  const id = watch.calls.id(step.watches);
  const stopWatching = id === undefined ? () => {} : sync.watch(id, undefined, ms);
  try {
    for (;;) {
      const left = ends - clock.now();
      const isSeen = await watch.until(
        () => watch.isDisturbed() || step.sees(watch.calls) !== undefined,
        left,
      );
      if (watch.isDisturbed()) return undefined;
      const outcome = isSeen ? step.sees(watch.calls) : undefined;
      if (!isSeen) await watch.read(step.watches);
      const last = isSeen ? outcome : (step.sees(watch.calls) ?? 'time up');
      if (last === undefined) continue;
      if (await lasts(step, last, watch)) {
        watch.calls.why = step.words[last] ?? '';
        return last;
      }
      if (watch.isDisturbed()) return undefined;
    }
  } finally {
    stopWatching();
  }
}

/** Whether an outcome is still so after the time that it has to last, and a new reading. */
async function lasts(
  { lastsMs = {}, sees, watches }: WaitStep,
  outcome: string,
  watch: PlanWatch,
): Promise<boolean> {
  const ms = lastsMs[outcome];
  if (ms === undefined) return true;
  // Nothing is seen where what was read has grown old; that is no change, and the new reading decides.
  const isOther = () => {
    const seen = sees(watch.calls);
    return seen !== undefined && seen !== outcome;
  };
  if (await watch.until(() => watch.isDisturbed() || isOther(), ms)) return false;
  await watch.read(watches);
  return !watch.isDisturbed() && sees(watch.calls) === outcome;
}
