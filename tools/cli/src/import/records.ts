import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { CliError } from '../exit-codes';
import type { JsonObject } from '../rpc/connection';
import { isObject } from '../rpc/request';
import { peeked } from './input';
import { longNumbersAsTexts, valueFrom } from './values';

/** A line of the input: what is on it, or why it cannot be read. */
export interface RecordRead {
  /** From 1, the head of a table among them; of a record of several lines the last. */
  readonly line: number;
  readonly record?: JsonObject;
  readonly problem?: string;
}

export interface ReadOptions {
  /** Left out: told by what the input begins with. */
  readonly format?: 'csv' | 'ndjson';
  /** Of CSV. Left out: whichever of , ; and tab the head has most of. */
  readonly delimiter?: string;
}

/** Reads records one after the other, of CSV with a head, or of JSON a line each. */
export async function* recordsIn(
  chunks: AsyncGenerator<Buffer>,
  options: ReadOptions,
): AsyncGenerator<RecordRead> {
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

async function* csvRecords(
  chunks: AsyncGenerator<Buffer>,
  delimiter: string,
): AsyncGenerator<RecordRead> {
  const broken: RecordRead[] = [];
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
    while (broken.length > 0) yield broken.shift() as RecordRead;
    if (head === undefined) {
      head = headFrom(record);
      continue;
    }
    yield record.length === head.length
      ? { line: info.lines, record: rowOf(head, record) }
      : {
          line: info.lines,
          problem: `has ${record.length} columns where the head has ${head.length}`,
        };
  }
  yield* broken;
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
    if (cell !== '') row[name] = valueFrom(cell);
  }
  return row;
}

const LINE_FEED = 0x0a;

async function* jsonLines(chunks: AsyncGenerator<Buffer>): AsyncGenerator<RecordRead> {
  let line = 0;
  for await (const { bytes, isTooLong } of linesIn(chunks)) {
    line += 1;
    if (isTooLong) yield { line, problem: `is longer than ${RECORD_BYTES_MAX} bytes` };
    else {
      const read = jsonRecord(bytes);
      if (read !== undefined) yield { line, ...read };
    }
  }
}

/** Undefined for a blank line. */
function jsonRecord(bytes: Buffer): { record: JsonObject } | { problem: string } | undefined {
  try {
    const text = utf8.decode(bytes);
    if (text.trim() === '') return undefined;
    const record = JSON.parse(longNumbersAsTexts(text)) as JsonObject;
    return isObject(record) ? { record } : { problem: 'is no JSON object' };
  } catch (error) {
    const isText = error instanceof SyntaxError;
    return { problem: isText ? `is no JSON: ${error.message}` : 'is no UTF-8' };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Of a line that is too long only so much is kept that it is known to be. */
async function* linesIn(
  chunks: AsyncGenerator<Buffer>,
): AsyncGenerator<{ bytes: Buffer; isTooLong: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const bytes = joined(rest, chunk.subarray(start, end));
      yield { bytes, isTooLong: bytes.length > RECORD_BYTES_MAX };
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    if (rest.length <= RECORD_BYTES_MAX) rest = joined(rest, chunk.subarray(start));
  }
  if (rest.length > 0) yield { bytes: rest, isTooLong: rest.length > RECORD_BYTES_MAX };
}

function joined(a: Buffer, b: Buffer): Buffer {
  return a.length === 0 ? b : Buffer.concat([a, b]);
}
