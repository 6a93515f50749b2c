import { createHash } from 'node:crypto';

/** V8 copies compiled code that does not begin at a multiple of this. */
const alignment = 8;
const digestLength = 32;

const digest = (content: Buffer): Buffer => createHash('sha256').update(content).digest();
const aligned = (length: number): number => Math.ceil(length / alignment) * alignment;

/** Names and lengths of what is packed, before it. */
type Index = [file: string, length: number][];

/** One buffer of all: a digest of the rest, the length of the index, the index, the compiled code. */
export function pack(code: ReadonlyMap<string, Buffer>): Buffer {
  const index: Index = [...code].map(([file, { length }]) => [file, length]);
  const json = Buffer.from(JSON.stringify(index));
  const parts = [json, ...code.values()];
  const content = Buffer.alloc(alignment + parts.reduce((sum, { length }) => sum + aligned(length), 0));
  content.writeUInt32LE(json.length);
  let at = alignment;
  for (const part of parts) {
    part.copy(content, at);
    at += aligned(part.length);
  }
  return Buffer.concat([digest(content), content]);
}

/** What `pack` was given; undefined where a bit is another one: V8 crashes where its code is damaged. */
export function unpack(packed: Buffer): Map<string, Buffer> | undefined {
  const content = packed.subarray(digestLength);
  if (!digest(content).equals(packed.subarray(0, digestLength))) return undefined;
  const indexLength = content.readUInt32LE();
  let at = alignment + aligned(indexLength);
  const index: Index = JSON.parse(content.toString('utf8', alignment, alignment + indexLength));
  return new Map(
    index.map(([file, length]) => {
      const code = content.subarray(at, at + length);
      at += aligned(length);
      return [file, code];
    }),
  );
}
