export { runSandboxCommand } from './command.ts';
