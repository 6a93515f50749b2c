import { type Agent, type ClientKind, connect } from './agents.ts';
import { Control } from './control.ts';
import { Stage } from './operations.ts';
import { listeningEnvironmentOf, startSandboxProcess } from './process.ts';

/** A sandbox of its own, and an agent whose server, over stdio, is logged in to it. */
export interface Scene {
  control: Control;
  stage: Stage;
  agent: Agent;
  close(): Promise<void>;
}

export async function startScene(kind: ClientKind, ...sandboxFlags: string[]): Promise<Scene> {
  const sandbox = await startSandboxProcess(...sandboxFlags);
  const control = new Control(sandbox.address.controlUrl);
  const agent = await connect(kind, {
    stdio: { args: ['serve'], env: listeningEnvironmentOf(sandbox.address) },
  });
  return {
    control,
    stage: new Stage(control),
    agent,
    async close() {
      await agent.close();
      await sandbox.stop();
    },
  };
}
