import type { McpServer } from '@modelcontextprotocol/server';
import type { App } from '../tools/context.ts';

export function registerPrompts(_server: McpServer, _app: App): void {}
