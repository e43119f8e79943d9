/** What a column of an export holds. Only text may be anything at all: the others are written by us. */
export type CellKind = 'text' | 'number' | 'time' | 'flag';

/** A value in an export; undefined: there is none. A flag is a boolean, all others are written already. */
export type Cell = string | boolean | undefined;

/** A column, by its stable name. */
export interface Column {
  readonly name: string;
  readonly kind: CellKind;
}

/** A column with how a row's value of it is found. */
export interface ColumnOf<R> extends Column {
  readonly cell: (row: R) => Cell;
}

/** How rows become text, a line each. */
export interface RowFormat {
  /** What stands before all rows; may be empty. */
  head(columns: readonly Column[]): string;
  row(columns: readonly Column[], cells: readonly Cell[]): string;
}

/** The values of a row, in the order of the columns. */
export function cellsOf<R>(columns: readonly ColumnOf<R>[], row: R): Cell[] {
  return columns.map(({ cell }) => cell(row));
}

/** An instant: RFC 3339 in UTC, with milliseconds only where there are some. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Comma-separated values (RFC 4180), each line with CR and LF at its end. */
export const CSV: RowFormat = {
  head: (columns) => csvLine(columns.map(({ name }) => name)),
  row: (columns, cells) =>
    csvLine(
      cells.map((cell, place) =>
        columns[place]?.kind === 'text' && typeof cell === 'string' ? safeText(cell) : cell,
      ),
    ),
};

/** A JSON object a line. Numbers stay texts, so that no reader makes floats of them. */
export const NDJSON: RowFormat = {
  head: () => '',
  row: (columns, cells) =>
    `${JSON.stringify(Object.fromEntries(columns.map(({ name }, place) => [name, cells[place] ?? null])))}\n`,
};

/** What spreadsheets take for the beginning of a formula, also full-width; and the mark against it. */
const ACTIVE = /^['=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * Text that no spreadsheet takes for a formula: an apostrophe stands before one that begins like it. It does before one
 * that begins with an apostrophe, too, so that taking one away always gives back what was there.
 */
export function safeText(text: string): string {
  return ACTIVE.test(text) ? `'${text}` : text;
}

/** Semicolons and tabs separate values where spreadsheets are set so. */
const TO_QUOTE = /[",;\t\r\n]|^\s|\s$/;

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell);
  return TO_QUOTE.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
