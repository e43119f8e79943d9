import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { CliError } from '../exit-codes';
import { own, setOwn } from '../own';
import { readTime } from '../time';
import type { Json, JsonObject } from './connection';

/**
 * Puts what an option was given into a request, at a path such as "scope.account_ids", as the contract's field wants
 * it: times are read as `readTime` reads them, lists may be parted by commas.
 */
export function putField(
  message: DescMessage,
  request: JsonObject,
  path: string,
  value: unknown,
  now: Date,
): void {
  const [head = '', ...rest] = path.split('.');
  const field = message.fields.find(({ name }) => name === head);
  if (field === undefined) throw new Error(`${message.typeName} has no field ${head}.`);
  if (rest.length === 0) {
    request[head] = jsonOf(field, value, now);
    return;
  }
  if (field.fieldKind !== 'message') throw new Error(`${message.typeName}.${head} has no fields.`);
  const inner = request[head];
  const below: JsonObject = isObject(inner) ? inner : {};
  request[head] = below;
  putField(field.message, below, rest.join('.'), value, now);
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** Lays an object over another: what both have as objects is laid over each other, too. */
export function overlaid(under: JsonObject, over: JsonObject): JsonObject {
  const result = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = own(result, name);
    setOwn(result, name, isObject(below) && isObject(value) ? overlaid(below, value) : value);
  }
  return result;
}

function jsonOf(field: DescField, value: unknown, now: Date): Json {
  if (field.fieldKind === 'list') {
    const items = Array.isArray(value) ? (value as string[]) : [String(value)];
    return items.flatMap((item) => item.split(',').map((each) => each.trim()));
  }
  if (field.fieldKind === 'message' && field.message.typeName === 'google.protobuf.Timestamp') {
    return readTime(String(value), now);
  }
  if (field.fieldKind === 'message') return readJson(String(value), field.name);
  if (typeof value === 'boolean') return value;
  if (field.fieldKind === 'scalar' && NUMBERS.has(field.scalar)) {
    return /^-?\d{1,15}$/.test(String(value)) ? Number(value) : String(value);
  }
  return String(value);
}

const NUMBERS: ReadonlySet<ScalarType> = new Set([ScalarType.INT32, ScalarType.UINT32]);

/** Reads JSON that was given for something. Throws CliError that says where it breaks. */
export function readJson(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new CliError(
      `${what} is no JSON: ${(error as Error).message}.`,
      'Put it into single quotes, or into a file: --data @request.json, or - for stdin.',
    );
  }
}
