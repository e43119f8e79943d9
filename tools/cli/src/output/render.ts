import type { DescMessage } from '@bufbuild/protobuf';
import Table from 'cli-table3';
import { stringify as yamlText } from 'yaml';
import { styled } from '../io';
import type { JsonObject } from '../rpc/connection';
import { cellOf, columnsFrom, listsOf, scalarPaths, type Column } from './cells';

export const FORMATS = ['table', 'json', 'yaml', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** What is known of the things that are shown. */
export interface View {
  /** Of a table and of CSV; left out: all that hold a value. */
  readonly columns?: readonly string[];
  /** The contract's message, which says what enums are. */
  readonly message?: DescMessage | undefined;
}

/** A list of things as text. JSON and YAML have all of each, tables and CSV the columns. */
export function renderList(rows: readonly JsonObject[], format: Format, view: View): string {
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`;
  if (format === 'yaml') return yamlText(rows);
  const columns = view.columns === undefined ? allColumns(rows, view) : columnsFrom(view.columns);
  const cells = rows.map((row) => columns.map(({ path }) => cellOf(row, path, view.message)));
  if (format === 'csv') return csvText([columns.map(({ path }) => path), ...cells]);
  return rows.length === 0 ? 'None.\n' : tableText(heads(columns), cells);
}

/** One thing as text: as a table its fields below each other, then its lists. */
export function renderObject(value: JsonObject, format: Format, view: View): string {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  if (format === 'yaml') return yamlText(value);
  if (format === 'csv') return renderList([value], format, view);
  const fields = scalarPaths(value, view.message).map((path) => [
    styled('dim', path),
    cellOf(value, path, view.message),
  ]);
  const lists = listsOf(value).map(([name, rows]) => {
    const message = view.message?.fields.find((field) => field.name === name)?.message;
    return `\n${styled('bold', name)}\n${renderList(rows, format, { message })}`;
  });
  return [tableText(undefined, fields), ...lists].join('');
}

const COLUMNS_MAX = 8;

function allColumns(rows: readonly JsonObject[], { message }: View): Column[] {
  const paths = new Set(rows.flatMap((row) => scalarPaths(row, message)));
  return columnsFrom([...paths].slice(0, COLUMNS_MAX * 4)).map((column) => column);
}

function heads(columns: readonly Column[]): string[] {
  return columns.map(({ head }) => styled('bold', head));
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
);

/** Columns parted by two spaces; wide characters count as two. */
export function tableText(
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    chars: { ...NO_BORDERS, mid: '', 'mid-mid': '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  if (head !== undefined) table.push([...head]);
  for (const row of rows) table.push(row.map(oneLine));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** What others wrote may hold what moves a terminal's cursor: of control characters only our own colours are left. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}(\[\d{1,3}m)?/gu, (control, colour?: string) =>
    control.startsWith('\u001b') && colour !== undefined ? control : `·${colour ?? ''}`,
  );
}

/** RFC 4180, with line feeds. */
export function csvText(rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string): string =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
}
