import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Script } from 'node:vm';

export interface ChunksOptions {
  /** Where they are. */
  folder: string;
  /** Compiled code of a chunk, by its file name; undefined where there is none. */
  readCode: (file: string) => Buffer | undefined;
  /** Runs whenever V8 had to compile a chunk. */
  onCompiled: () => void;
  /** Runs what compiles code, runs it first, or makes of it what is kept. */
  whileLoading: <T>(load: () => T) => T;
}

/**
 * The chunks of the bundle: functions of CommonJS modules, which `require` each other. They are compiled here and not by
 * Node, so that their compiled code can be kept: Node 20 has no way to do that for what it compiles.
 */
export class Chunks {
  readonly #options: ChunksOptions;
  readonly #requireOther: NodeJS.Require;
  readonly #modules = new Map<string, { exports: unknown }>();
  /** Those that V8 has compiled. */
  readonly #compiled = new Map<string, Script>();

  constructor(options: ChunksOptions) {
    this.#options = options;
    this.#requireOther = createRequire(join(options.folder, 'chunk.js'));
  }

  /** What a chunk exports; it runs when it is first required, and again where it could not be run in whole. */
  require(file: string): unknown {
    const known = this.#modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    try {
      this.#options.whileLoading(() => this.#run(file, module));
    } catch (error) {
      this.#modules.delete(file);
      throw error;
    }
    return module.exports;
  }

  /**
   * The compiled code, by file names, of the chunks that V8 has compiled since this was called last; that of functions
   * which have run is in it.
   */
  async takeCompiled(): Promise<Map<string, Buffer>> {
    const code = new Map<string, Buffer>();
    for (const [file, script] of this.#compiled) {
      this.#compiled.delete(file);
      // Other work comes between two of them.
      await setImmediate();
      const compiled = this.#options.whileLoading(() => script.createCachedData());
      code.set(file, compiled);
    }
    return code;
  }

  #run(file: string, module: { exports: unknown }): void {
    const { folder, readCode, onCompiled } = this.#options;
    const filename = join(folder, file);
    const cachedData = readCode(file);
    const script = new Script(readFileSync(filename, 'utf8'), {
      filename,
      ...(cachedData && { cachedData }),
    });
    if (script.cachedDataRejected !== false) {
      this.#compiled.set(file, script);
      onCompiled();
    }
    const require = (id: string): unknown =>
      id.startsWith('./') ? this.require(id.slice(2)) : this.#requireOther(id);
    script.runInThisContext()(module.exports, require, module, filename, folder);
  }
}
