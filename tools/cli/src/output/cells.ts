import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { own } from '../own';
import { isObject } from '../rpc/request';
import type { Json, JsonObject } from '../rpc/connection';

/** A column: its head, and the path of what stands in it. */
export interface Column {
  readonly head: string;
  readonly path: string;
}

/** "total" or "DUE=amount_due". */
export function columnsFrom(texts: readonly string[]): Column[] {
  return texts.map((text) => {
    const [head = '', path] = text.split('=');
    return path === undefined
      ? {
          head: head
            .replace(/_time$/, '')
            .replaceAll(/[._]/g, ' ')
            .toUpperCase(),
          path: head,
        }
      : { head, path };
  });
}

/** What stands in a cell, as text: enums by their short words, money with its currency, lists by how many there are. */
export function cellOf(row: Json, path: string, message: DescMessage | undefined): string {
  let value: Json | undefined = row;
  let field: DescField | undefined;
  let within = message;
  for (const name of path.split('.')) {
    value = isObject(value) ? own(value, name) : undefined;
    field = within?.fields.find((each) => each.name === name);
    within = field?.message;
  }
  return textOf(value, field);
}

function textOf(value: Json | undefined, field: DescField | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return field?.enum ? enumWord(field.enum, value) : value;
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => !isObject(each) && !Array.isArray(each));
    return isPlain ? value.map((each) => textOf(each, field)).join(', ') : String(value.length);
  }
  if (!isObject(value)) return String(value);
  const { currency_code: currency, amount, start_time: start, end_time: end } = value;
  if (typeof amount === 'string' && typeof currency === 'string') return `${amount} ${currency}`;
  if (typeof start === 'string' && typeof end === 'string') return `${start}/${end}`;
  return JSON.stringify(value);
}

/** "INVOICE_STATUS_DRAFT" → "draft". */
export function enumWord(description: DescEnum, name: string): string {
  const prefix = (description.sharedPrefix ?? '').toUpperCase();
  return (name.startsWith(prefix) ? name.slice(prefix.length) : name)
    .toLowerCase()
    .replaceAll('_', ' ');
}

/** The fields of an object that hold a value each, by their paths; lists of objects are left to `listsOf`. */
export function scalarPaths(value: JsonObject, message?: DescMessage, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, each]) => {
    const path = `${prefix}${name}`;
    if (Array.isArray(each)) return isListOfObjects(each) ? [] : [path];
    if (!isObject(each) || isOneCell(each)) return [path];
    const below = message?.fields.find((field) => field.name === name)?.message;
    return scalarPaths(each, below, `${path}.`);
  });
}

/** The lists of objects in an object, by their names. */
export function listsOf(value: JsonObject): [string, JsonObject[]][] {
  return Object.entries(value).flatMap(([name, each]) =>
    Array.isArray(each) && isListOfObjects(each) ? [[name, each as JsonObject[]] as const] : [],
  ) as [string, JsonObject[]][];
}

const isListOfObjects = (list: readonly Json[]): boolean => list.some((each) => isObject(each));

function isOneCell(value: JsonObject): boolean {
  const names = Object.keys(value).sort().join();
  return names === 'amount,currency_code' || names === 'end_time,start_time';
}
