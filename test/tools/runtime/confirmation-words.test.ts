import { expect, it } from 'vitest';
import { tools } from '../../../src/tools/index.ts';
import { looksLikeConfirmation, looksLikeRehearsal } from '../../../src/tools/runtime/confirmation-words.ts';

it.each([
  ...[
    'confirm',
    'Confirm',
    'CONFIRM',
    'confirmed',
    'confirmation',
    'user_confirmed',
    'userConfirmed',
    'isConfirmed',
  ],
  ...[
    'confirm?',
    ' confirm ',
    'confirm_action',
    'USERCONFIRMED',
    'userconfirmed',
    'ｃｏｎｆｉｒｍ',
    'confírm',
    'confirm1',
  ],
  ...[
    'force',
    'forced',
    'FORCE',
    '--force',
    'force_hangup',
    'forceDelete',
    'approved',
    'approve',
    'approval',
  ],
  ...[
    'preApproved',
    'pre-approved',
    'human_approval',
    'yes',
    'Yes',
    'say-yes',
    'y',
    'ok',
    'okay',
    'override',
  ],
  ...['overrideGuard', 'skipConfirmation', 'skip_confirm', 'skipPrompt', 'noPrompt', 'dont_ask', "don't ask"],
  ...['bypass', 'bypassGuard', 'disable_guard', 'authorized', 'authorised', 'userAuthorization', 'consent'],
  ...['agreed', 'iAgree', 'accepted', 'acknowledge', 'proceed', 'sure', 'i_am_sure', 'allow', 'permission'],
  ...[
    'granted',
    'unattended',
    'autoApprove',
    'assumeYes',
    'sudo',
    'decision',
    'requestState',
    'inputResponses',
  ],
  ...[
    'bestätigt',
    'bestaetigt',
    'confirmado',
    'confirmé',
    'approuvé',
    'aprobado',
    'подтверждено',
    'да',
    '确认',
    '승인',
  ],
  ...['✅', 'confirm✅'],
  ...['approval_not_required', 'no_approval_needed', 'requiredApprovalGiven', 'dont_ask_for_confirmation'],
  ...[
    'skip_required_approval',
    'hasRequiredApproval',
    'needs_no_confirmation',
    'not_forced',
    'request_approved',
  ],
  ...['bypass_required_approval', 'requireApprovalOverride', 'not_ask_confirmation'],
])('%j looks like a confirmation', (name) => {
  expect(looksLikeConfirmation(name)).toBe(true);
});

it.each([
  ...[
    'toolCallId',
    'tool_call_id',
    'sessionId',
    'action',
    'chatInput',
    'requestId',
    'id',
    'tool',
    'reasoning',
  ],
  ...[
    'explanation',
    'thought',
    '_meta',
    'salesforceId',
    'workforce',
    'enforced',
    'reinforcement',
    'party_id',
  ],
  ...[
    'x',
    'coordinate_y',
    'sim_id',
    'token',
    'note',
    'noteText',
    'checksum',
    'prompt',
    'askId',
    'timestamp',
    '',
  ],
  ...[
    'requires_approval',
    'require_approval',
    'needsApproval',
    'ask_for_confirmation',
    'REQUIRES_CONFIRMATION',
  ],
  ...[
    'approval_required',
    'confirmationRequired',
    'requiresHumanApproval',
    'must_confirm',
    'requiresapproval',
  ],
  ...[
    'needs_user_consent',
    'askPermission',
    'pending_approval',
    'await-confirmation',
    'not_approved',
    'isNotYetConfirmed',
  ],
])('%j does not', (name) => {
  expect(looksLikeConfirmation(name)).toBe(false);
});

it('no tool has a parameter of such a name', () => {
  const names = tools.flatMap(({ input }) => Object.keys(input().shape));
  expect(names.filter((name) => looksLikeConfirmation(name) || looksLikeRehearsal(name))).toEqual([]);
});

it.each(['dryRun', 'dry_run', 'DRY-RUN', 'simulate', 'preview', 'what_if', 'testOnly'])(
  '%j asks for a rehearsal',
  (name) => {
    expect(looksLikeRehearsal(name)).toBe(true);
  },
);
