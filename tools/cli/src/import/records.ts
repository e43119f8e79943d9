import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { CliError } from '../exit-codes';
import type { JsonObject } from '../rpc/connection';
import { setOwn } from '../own';
import { isObject } from '../rpc/request';
import { peeked } from './input';
import { longNumbersAsTexts, valueFrom } from './values';

/** A line of the input: what is on it, or why it cannot be read. */
export interface RecordRead {
  /** From 1, the head of a table among them; of a record of several lines the last. */
  readonly line: number;
  readonly record?: JsonObject;
  readonly problem?: string;
  /** The JSON that the record was read from, where it was. */
  readonly text?: string;
}

export interface ReadOptions {
  /** Left out: told by what the input begins with. */
  readonly format?: 'csv' | 'ndjson';
  /** Of CSV. Left out: whichever of , ; and tab the head has most of. */
  readonly delimiter?: string;
}

/**
 * Reads records in their order, of CSV with a head, or of JSON a line each. They come many at a time: waiting for each
 * by itself would take as long as reading it.
 */
export async function* recordsIn(
  chunks: AsyncGenerator<Buffer>,
  options: ReadOptions,
): AsyncGenerator<readonly RecordRead[]> {
  const { first, all } = await peeked(chunks);
  const start = first
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (start.startsWith('[') && options.format !== 'csv') {
    throw new CliError(
      'The input is one JSON array.',
      "Make it a line each: jq -c '.[]' FILE | billingrails events import -",
    );
  }
  const isJson = options.format === undefined ? start.startsWith('{') : options.format === 'ndjson';
  if (isJson) yield* jsonLines(all);
  else yield* csvRecords(all, options.delimiter ?? delimiterOf(start));
}

/** Of the characters that part columns, the one that the first line has most of. */
export function delimiterOf(start: string): string {
  const head = start.split('\n', 1)[0] ?? '';
  const counts = [',', ';', '\t'].map((each) => [each, head.split(each).length] as const);
  return counts.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const RECORD_BYTES_MAX = 1024 * 1024;
const ROWS_AT_ONCE = 100;

async function* csvRecords(
  chunks: AsyncGenerator<Buffer>,
  delimiter: string,
): AsyncGenerator<readonly RecordRead[]> {
  const broken: RecordRead[] = [];
  let read: RecordRead[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: RECORD_BYTES_MAX,
    on_skip: (error) => {
      const line = Number((error as { lines?: number } | undefined)?.lines ?? 0);
      broken.push({ line, problem: error?.message ?? 'cannot be read' });
      return undefined;
    },
  });
  const source = Readable.from(chunks);
  source.on('error', (error) => parser.destroy(error));
  // Whoever stops reading lets go of the file, or of stdin, which would keep the process up.
  parser.once('close', () => source.destroy());
  let head: readonly string[] | undefined;
  for await (const row of source.pipe(parser)) {
    const { record, info } = row as CsvRow;
    read.push(...broken.splice(0));
    if (head === undefined) {
      head = headFrom(record);
      continue;
    }
    const problem = `has ${record.length} columns where the head has ${head.length}`;
    const isWhole = record.length === head.length;
    read.push({ line: info.lines, ...(isWhole ? { record: rowOf(head, record) } : { problem }) });
    if (read.length < ROWS_AT_ONCE) continue;
    yield read;
    read = [];
  }
  yield [...read, ...broken];
}

function headFrom(names: readonly string[]): string[] {
  const head = names.map((name) => name.trim());
  const twice = head.find((name, index) => head.indexOf(name) !== index);
  if (twice === undefined && !head.includes('')) return head;
  throw new CliError(
    twice ? `Two columns are called "${twice}".` : 'A column has no name.',
    'The first line names the columns, each once.',
  );
}

/** Empty cells say nothing. */
function rowOf(head: readonly string[], cells: readonly string[]): JsonObject {
  const row: JsonObject = {};
  for (const [index, name] of head.entries()) {
    const cell = cells[index] ?? '';
    if (cell !== '') setOwn(row, name, valueFrom(cell));
  }
  return row;
}

const LINE_FEED = 0x0a;

async function* jsonLines(chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly RecordRead[]> {
  let line = 0;
  for await (const block of blocksIn(chunks)) {
    const records: RecordRead[] = [];
    for (const text of textsIn(block)) {
      line += 1;
      const read = jsonRecord(line === 1 && typeof text === 'string' ? withoutMark(text) : text);
      if (read !== undefined) records.push({ line, ...read });
    }
    yield records;
  }
}

/** The lines of a block, each a text; undefined for one that is no UTF-8. */
function textsIn({ bytes, isTooLong }: Block): (string | undefined | typeof TOO_LONG)[] {
  if (isTooLong) return [TOO_LONG];
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n');
  const texts: (string | undefined)[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    texts.push(isUtf8(line) ? line.toString('utf8') : undefined);
    start = end + 1;
  }
  return texts;
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

const TOO_LONG = Symbol('too long');

/** Undefined for a blank line. */
function jsonRecord(
  text: string | undefined | typeof TOO_LONG,
): Omit<RecordRead, 'line'> | undefined {
  if (text === undefined) return { problem: 'is no UTF-8' };
  if (text === TOO_LONG || text.length > RECORD_BYTES_MAX) return { problem: IS_TOO_LONG };
  const exact = longNumbersAsTexts(text);
  try {
    const record = JSON.parse(exact) as JsonObject;
    return isObject(record) ? { record, text: exact } : { problem: 'is no JSON object' };
  } catch (error) {
    return text.trim() === '' ? undefined : { problem: `is no JSON: ${(error as Error).message}` };
  }
}

const IS_TOO_LONG = `is longer than ${RECORD_BYTES_MAX} bytes`;

/** Whole lines, without the last line feed; or one that is too long, of which not all is there. */
interface Block {
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
}

/** Of a line that is too long only so much is kept that it is known to be. */
async function* blocksIn(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Block> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const first = chunk.indexOf(LINE_FEED);
    if (first < 0) {
      if (restBytes <= RECORD_BYTES_MAX) rest.push(chunk);
      restBytes += chunk.length;
      continue;
    }
    const last = chunk.lastIndexOf(LINE_FEED);
    const begun = Buffer.concat([...rest, chunk.subarray(0, first)]);
    yield { bytes: begun, isTooLong: restBytes + first > RECORD_BYTES_MAX };
    if (last > first) yield { bytes: chunk.subarray(first + 1, last), isTooLong: false };
    rest = [chunk.subarray(last + 1)];
    restBytes = chunk.length - last - 1;
  }
  if (restBytes > 0) yield { bytes: Buffer.concat(rest), isTooLong: restBytes > RECORD_BYTES_MAX };
}
