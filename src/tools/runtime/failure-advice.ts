import { type Doubt, type Failure, type FailureDetails, isTransient } from '../../shared/failure.ts';
import type { NextStep } from '../../shared/next-step.ts';
import { valueSource } from './parameter-hints.ts';

/** The tool that shows what a failure leaves in doubt. */
const readers: Readonly<Record<Doubt, string>> = {
  call: 'read_call_session_status',
  calls: 'list_active_calls',
};

/**
 * The details of a failure with the tool that helps next (`next`), unless they name it already. Where the platform has
 * refused a parameter, as its error code shows, that is the tool with right values for it; else the one that shows what
 * is in doubt.
 */
export function withAdvice({ inDoubt, ...details }: FailureDetails): Omit<FailureDetails, 'inDoubt'> {
  if (details.next) return details;
  const source = details.errorCode === undefined ? undefined : valueSource(details.parameter);
  const tool = source ?? (inDoubt && readers[inDoubt]);
  return tool ? { ...details, next: [tool] } : details;
}

/** What a tool helps with after a failure that names it alone, and the arguments that it takes over from the call. */
const helps: Readonly<Record<string, { why: string; takes?: readonly string[] }>> = {
  list_active_calls: { why: 'shows what calls there are, with ids' },
  read_call_session_status: { why: 'shows how the call stands', takes: ['telephonySessionId'] },
  read_call_party_status: { why: 'shows how the party stands', takes: ['telephonySessionId', 'partyId'] },
  wait_for_call_event: { why: 'tells what happens on the call', takes: ['telephonySessionId'] },
  list_devices: { why: 'shows your phones, and which can be used' },
  list_call_flip_numbers: { why: 'shows the phones to move to' },
  find_extensions: { why: 'shows extensions with their numbers and ids' },
  list_monitored_extensions: { why: 'shows whose calls you may listen to' },
  pickup_call_party: { why: 'takes a parked call' },
  answer_call_party: { why: 'this call can be answered', takes: ['telephonySessionId'] },
  delete_call_session: { why: 'ends a call that still rings' },
  delete_call_party: { why: 'takes the leg off the call', takes: ['telephonySessionId', 'partyId'] },
};

/** The tool call that failed, with the arguments that its tool has. */
interface FailedCall {
  tool: string;
  args: Readonly<Record<string, unknown>>;
}

/** What helps next, where nothing was done and the failure only tells how long to wait: the same call after that. */
export function againLater(failure: Failure, { tool, args }: FailedCall): NextStep[] {
  const { retryAfterSeconds } = failure.details;
  if (!isTransient(failure) || retryAfterSeconds === undefined) return [];
  return [{ tool, arguments: args, why: `the same again, in ${retryAfterSeconds} s` }];
}

/**
 * The steps of a failure as results show them: a tool alone gets what it takes over from the arguments of the failed
 * call. The tool that failed is not advised as it was.
 */
export function completeSteps(next: readonly (string | NextStep)[], failed: FailedCall): NextStep[] {
  return next.flatMap((step) => {
    if (typeof step !== 'string') return [step];
    if (step === failed.tool) return [];
    const { why = 'helps here', takes = [] } = helps[step] ?? {};
    const taken = takes.filter((name) => typeof failed.args[name] === 'string');
    return [
      { tool: step, arguments: Object.fromEntries(taken.map((name) => [name, failed.args[name]])), why },
    ];
  });
}
