import { Failure } from '../shared/failure.ts';
import { defineTool } from './runtime/define-tool.ts';
import { recordingId } from './runtime/parameters.ts';
import { object } from './runtime/result.ts';

export const readCallRecording = defineTool({
  name: 'read_call_recording',
  title: 'Read a recording',
  description:
    'Read what is known of a finished recording: length, format and address (which needs a RingCentral login). It ' +
    'appears minutes after the call, never under 30 s. For a recording that still runs use ' +
    'read_call_session_status.',
  input: { recordingId },
  output: { recording: object },
  risk: 'read',
  idempotent: true,
  async run(args, { line: { platform } }) {
    const recording = await platform.readRecording(args.recordingId).catch(throwExplained);
    return {
      text: `Recording ${recording.id}: ${recording.duration ?? '?'} s, ${recording.contentType ?? 'unknown format'}.`,
      data: { recording },
    };
  },
});

/** Throws `not_found` with the reason (platform.md 8.9), any other error as it is. */
function throwExplained(error: unknown): never {
  if (!(error instanceof Failure) || error.kind !== 'not_found') throw error;
  throw new Failure(
    'not_found',
    'There is no such recording yet. It appears some minutes after the call has ended; under 30 s nothing is kept.',
    error.details,
  );
}
