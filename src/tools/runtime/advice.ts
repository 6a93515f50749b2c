import type { Doubt, FailureDetails } from '../../shared/failure.ts';
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
