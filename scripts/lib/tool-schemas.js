import { evaluate } from './evaluate.js';

/**
 * The JSON Schemas of all tools as clients see them, by the tools' names, so that a start need not build them.
 * @param file a path for the module that builds them; it is removed again
 */
export async function toolSchemas(file) {
  const contents = `
    import { tools } from './src/tools/index.ts';
    import { builtSchemas } from './src/tools/runtime/registration.ts';
    export const schemas = Object.fromEntries(tools.map((tool) => [tool.name, builtSchemas(tool)]));`;
  const { schemas } = await evaluate(contents, file);
  return schemas;
}
