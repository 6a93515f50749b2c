import { type Agent, type ClientKind, connect } from './agents.ts';
import { Control } from './control.ts';
import { Stage } from './operations.ts';
import { logInOtherApp, sendAsOtherApp } from './other-app.ts';
import { listeningEnvironmentOf, type SandboxAddress, startSandboxProcess } from './process.ts';

/** A sandbox of its own, and an agent whose server, over stdio, is logged in to it. */
export interface E2eTestbed {
  address: SandboxAddress;
  control: Control;
  stage: Stage;
  agent: Agent;
  /** A request by an app that the same person uses beside the agent. Answers its status. */
  otherApp(method: string, path: string, body?: object): Promise<number>;
  close(): Promise<void>;
}

export interface E2eTestbedOptions {
  /** Flags of `serve` and of the sandbox. */
  serve?: string[];
  sandbox?: string[];
}

export async function startE2eTestbed(
  kind: ClientKind,
  options: E2eTestbedOptions = {},
): Promise<E2eTestbed> {
  const sandbox = await startSandboxProcess(...(options.sandbox ?? []));
  const control = new Control(sandbox.address.controlUrl);
  const agent = await connect(kind, {
    stdio: { args: ['serve', ...(options.serve ?? [])], env: listeningEnvironmentOf(sandbox.address) },
  });
  return {
    address: sandbox.address,
    control,
    stage: new Stage(control),
    agent,
    async otherApp(method, path, body) {
      const token = await logInOtherApp(sandbox.address);
      return sendAsOtherApp(sandbox.address, token, method, path, body);
    },
    async close() {
      await agent.close();
      await sandbox.stop();
    },
  };
}
