import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../exit-codes';

/** What is imported: a file, or stdin. */
export interface Input {
  /** As it is told: a file's path, or "stdin". */
  readonly name: string;
  /** What a file is called without its folder and endings: "usage" of "/tmp/usage.csv.gz". */
  readonly stem: string;
  /** Undefined for stdin. */
  readonly file: string | undefined;
  /** Of a file, packed as it lies there. */
  readonly byteCount: number | undefined;
  /** How much of it has been read. */
  bytesRead(): number;
  /** What is in it, unpacked, piece by piece. Read once. */
  chunks(): AsyncGenerator<Buffer>;
}

const CHUNK_BYTES = 256 * 1024;

/** Opens a file, or stdin for "-". Gzip is known by its first bytes. Throws CliError where there is no such file. */
export function openInput(given: string): Input {
  const file = given === '-' ? undefined : given;
  const byteCount = file === undefined ? undefined : sizeOf(file);
  let bytes = 0;
  return {
    name: file ?? 'stdin',
    stem: basename(file ?? 'stdin').replace(/(\.(csv|tsv|txt|json|jsonl|ndjson|gz))+$/i, ''),
    file,
    byteCount,
    bytesRead: () => bytes,
    chunks: () => {
      const raw = file === undefined ? process.stdin : createReadStream(file, READING);
      return unpacked(counted(raw, (length) => (bytes += length)));
    },
  };
}

const READING = { highWaterMark: CHUNK_BYTES };

function sizeOf(file: string): number {
  try {
    const stats = statSync(file);
    if (!stats.isDirectory()) return stats.size;
  } catch (error) {
    throw new CliError(
      `${file} cannot be read: ${(error as Error).message}.`,
      'Name another file.',
    );
  }
  throw new CliError(
    `${file} is a folder.`,
    'Name the files in it: billingrails events import DIR/*.csv',
  );
}

async function* counted(
  stream: AsyncIterable<unknown>,
  count: (length: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    count((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

const GZIP = Buffer.from([0x1f, 0x8b]);

async function* unpacked(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { first, all } = await peeked(chunks);
  if (!first.subarray(0, GZIP.length).equals(GZIP)) return yield* all;
  const gunzip = createGunzip();
  const packed = Readable.from(all);
  packed.on('error', (error) => gunzip.destroy(error));
  gunzip.once('close', () => packed.destroy());
  for await (const chunk of packed.pipe(gunzip)) yield chunk as Buffer;
}

/** The first piece that is not empty, and all pieces from it on. */
export async function peeked(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ first: Buffer; all: AsyncGenerator<Buffer> }> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length === 0) {
    const next = await chunks.next();
    if (next.done) break;
    first = next.value;
  }
  return { first, all: after(first, chunks) };
}

async function* after(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}

/** SHA-256 of a file as it lies there, in hex. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, READING)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
