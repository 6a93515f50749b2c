import type { Doubt, FailureDetails } from '../../shared/failure.ts';
import { valueSource } from './parameter-hints.ts';

/** The tool that shows what is in doubt. */
const readers: Readonly<Record<Doubt, string>> = {
  call: 'read_call_session_status',
  calls: 'list_active_calls',
};

/**
 * What is told of a failure beside its kind and message: with the tools that help next, unless whoever threw it named
 * them. An error code shows that the platform refused: where it names a parameter, right values of that help first.
 */
export function withAdvice({ inDoubt, ...details }: FailureDetails): Omit<FailureDetails, 'inDoubt'> {
  if (details.next) return details;
  const source = details.errorCode === undefined ? undefined : valueSource(details.parameter);
  const tool = source ?? (inDoubt && readers[inDoubt]);
  return tool ? { ...details, next: [tool] } : details;
}
