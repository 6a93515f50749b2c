import { generatePasscode, hashPasscode } from '../guard/approvals/passcode.ts';

/** Makes a passcode for the operator's page, and prints it with the hash for the server. */
export async function passcode(): Promise<void> {
  const generated = generatePasscode();
  process.stdout.write(
    `The passcode, for the operator; it is shown nowhere again:\n${generated}\n\n` +
      `Its hash, for the server:\nRC_MCP_APPROVALS_PASSCODE_HASH=${await hashPasscode(generated)}\n`,
  );
}
