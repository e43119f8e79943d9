import {
  ExportFormat,
  type ExportPartSchema,
} from '@billingrails/contracts/billingrails/common/v1/export_pb';
import { invalid } from '@billingrails/errors';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { createHash } from 'node:crypto';
import type { Parser } from '../pages';
import { CSV, NDJSON, type Cell, type Column, type RowFormat } from './cells';

/** About so many bytes of rows are in a part. */
const PART_BYTES = 64 * 1024;

/** Where something stands in the order of its source; JSON can say it. */
export type ExportPosition = Readonly<Record<string, string | number>>;

/** Something that is exported, such as an invoice, with its rows. It may have none. */
export interface ExportedThing {
  readonly position: ExportPosition;
  readonly rows: readonly (readonly Cell[])[];
}

/** Where to begin: at a thing, or after it. */
export interface ExportFrom {
  readonly position: ExportPosition;
  readonly inclusive: boolean;
}

/** Things in an order that does not change. */
export interface ExportSource {
  /** How many there are from there on, or in all. */
  count(from?: ExportFrom): Promise<number>;
  /** Reads them a page at a time, so that no more is held than one and what is being written. */
  read(from?: ExportFrom): AsyncIterable<ExportedThing>;
}

/** What is exported, and how. */
export interface ExportPlan {
  readonly columns: readonly Column[];
  readonly format: ExportFormat;
  /** One after the other. */
  readonly sources: readonly ExportSource[];
  /** All that the request says but for the cursor, which is good only for an equal one. */
  readonly request: string;
  /** Empty: from the start. */
  readonly cursor: string;
}

/** What a cursor says: the source, the thing, and how many of its rows were written; unset: all of them. */
interface Cursor {
  readonly request: string;
  readonly source: number;
  readonly position: ExportPosition;
  readonly rows?: number;
}

/**
 * The parts of an export, each of whole rows, with how far it is and a cursor that goes on after it. What is held in
 * memory is a part and what a source has read ahead, however long the export is. Throws DomainError invalid where the
 * cursor is not of an equal request.
 */
export async function* exportParts({
  columns,
  format,
  sources,
  request,
  cursor,
}: ExportPlan): AsyncGenerator<MessageInitShape<typeof ExportPartSchema>> {
  const rowFormat = FORMATS[format];
  const key = createHash('sha256').update(request).digest('base64url').slice(0, 16);
  const from = cursor === '' ? undefined : readCursor(cursor, key, sources.length);
  const startOf = (place: number): ExportFrom | undefined =>
    from?.source === place
      ? { position: from.position, inclusive: from.rows !== undefined }
      : undefined;
  const left = [...sources.entries()].filter(([place]) => place >= (from?.source ?? 0));
  let total = 0;
  for (const [place, source] of left) total += await source.count(startOf(place));
  let [rows, done, text] = [0, 0, from === undefined ? rowFormat.head(columns) : ''];
  let last = cursor;
  const part = (complete: boolean) => {
    const content = Buffer.from(text);
    text = '';
    return {
      ...{ content, cursor: last, complete },
      ...{ rowCount: BigInt(rows), doneCount: BigInt(done), totalCount: BigInt(total) },
    };
  };
  for (const [place, source] of left) {
    const start = startOf(place);
    for await (const thing of source.read(start)) {
      const { position } = thing;
      const isSame = start?.inclusive === true && sameAs(position, start.position);
      const written = isSame ? (from?.rows ?? 0) : 0;
      for (const [index, row] of thing.rows.entries()) {
        if (index < written) continue;
        text += rowFormat.row(columns, row);
        rows += 1;
        if (text.length < PART_BYTES || index === thing.rows.length - 1) continue;
        last = writeCursor({ request: key, source: place, position, rows: index + 1 });
        yield part(false);
      }
      done += 1;
      last = writeCursor({ request: key, source: place, position });
      if (text.length >= PART_BYTES) yield part(false);
    }
  }
  yield part(true);
}

const FORMATS: Record<ExportFormat, RowFormat> = {
  [ExportFormat.UNSPECIFIED]: CSV,
  [ExportFormat.CSV]: CSV,
  [ExportFormat.NDJSON]: NDJSON,
};

/** The values of a position, as its own source reads them; a cursor that was made up has none. */
export function readPosition<T>(position: ExportPosition, parser: Parser<T>): T {
  try {
    return parser.parse(position);
  } catch {
    throw cursorInvalid();
  }
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string, key: string, sources: number): Cursor {
  const found = parsed(text) as Partial<Cursor> | null | undefined;
  const { request, source, position, rows } = found ?? {};
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
  if (request !== key || !isCount(source) || source < 0 || source >= sources) throw cursorInvalid();
  if (typeof position !== 'object' || position === null) throw cursorInvalid();
  if (rows !== undefined && (!isCount(rows) || rows < 1)) throw cursorInvalid();
  return { request, source, position, ...(rows === undefined ? {} : { rows }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw cursorInvalid();
  }
}

function sameAs(one: ExportPosition, other: ExportPosition): boolean {
  return Object.entries(one).every(([name, value]) => other[name] === value);
}

function cursorInvalid(): Error {
  return invalid('EXPORT_CURSOR_INVALID', 'The cursor is not one of an export like this.', [
    {
      field: 'cursor',
      description: 'must be the cursor of a part that an equal request was answered',
    },
  ]);
}
