/** Telephone quality: eight bits, one channel. */
const SAMPLES_PER_SECOND = 8000;
const SILENT_SAMPLE = 0x80;
/** Bounds the memory that one answer takes. */
const LONGEST_SECONDS = 60;
const HEADER_BYTES = 44;

/** A WAV file with that many seconds of silence, at most 60. */
export function silence(seconds: number): Buffer {
  const samples = Math.min(seconds, LONGEST_SECONDS) * SAMPLES_PER_SECOND;
  const file = Buffer.alloc(HEADER_BYTES + samples, SILENT_SAMPLE);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  // The rest of the format: PCM, one channel, samples and bytes a second, bytes and bits a sample.
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  file.writeUInt32LE(SAMPLES_PER_SECOND, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples, 40);
  return file;
}
