import { createHash } from 'node:crypto';
import {
  toJson,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type MessageShape,
} from '@bufbuild/protobuf';

/** What stands in the place of a secret. */
const SECRET = '[secret]';

/** A longer text has its long fields replaced by their hashes, so that a record fits into a message of the bus. */
const TEXT_BYTES_MAX = 64 * 1024;
const FIELD_BYTES_MAX = 1_024;

/**
 * A message as the audit log shows it: JSON with the field names of the contract, in which every field that the
 * contract marks `debug_redact` reads "[secret]".
 */
export function shownJson<S extends DescMessage>(schema: S, message: MessageShape<S>): JsonObject {
  const json = toJson(schema, message, { useProtoFieldName: true });
  return isObject(json) ? hideSecrets(schema, json) : {};
}

/** The top-level fields that differ, as they were and as they are. */
export function differing(
  before: JsonObject,
  after: JsonObject,
): { readonly before: JsonObject; readonly after: JsonObject } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => textOf(before[name]) !== textOf(after[name]));
  const only = (from: JsonObject): JsonObject =>
    Object.fromEntries(
      changed.flatMap((name) => (name in from ? [[name, from[name] ?? null]] : [])),
    );
  return { before: only(before), after: only(after) };
}

/** As text, empty for no fields. Of a long one, long fields are told by their bytes and SHA-256. */
export function shownText(json: JsonObject): string {
  if (Object.keys(json).length === 0) return '';
  const text = JSON.stringify(json);
  if (Buffer.byteLength(text) <= TEXT_BYTES_MAX) return text;
  return JSON.stringify(
    Object.fromEntries(Object.entries(json).map(([name, value]) => [name, shortened(value)])),
  );
}

function shortened(value: JsonValue): JsonValue {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= FIELD_BYTES_MAX) return value;
  return { omitted_bytes: bytes, sha256: createHash('sha256').update(text).digest('hex') };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** Which fields of a message are secrets or hold some; kept, as contracts do not change while a service runs. */
const secretive = new WeakMap<DescMessage, readonly DescField[]>();

function secretiveFields(schema: DescMessage): readonly DescField[] {
  const known = secretive.get(schema);
  if (known !== undefined) return known;
  // A message that holds itself holds no more secrets for it.
  secretive.set(schema, []);
  const found = schema.fields.filter((field) => {
    const inner = messageIn(field);
    return isSecret(field) || (inner !== undefined && secretiveFields(inner).length > 0);
  });
  secretive.set(schema, found);
  return found;
}

/** Whether the contract says that the field is a secret. */
function isSecret({ proto }: DescField): boolean {
  return proto.options?.debugRedact === true;
}

function messageIn(field: DescField): DescMessage | undefined {
  return field.message;
}

function hideSecrets(schema: DescMessage, json: JsonObject): JsonObject {
  const fields = secretiveFields(schema);
  if (fields.length === 0) return json;
  const hidden = { ...json };
  for (const field of fields) {
    const value = json[field.name];
    if (value !== undefined) hidden[field.name] = hiddenValue(field, value);
  }
  return hidden;
}

function hiddenValue(field: DescField, value: JsonValue): JsonValue {
  const inner = messageIn(field);
  if (isSecret(field) || inner === undefined) return SECRET;
  if (Array.isArray(value))
    return value.map((each) => (isObject(each) ? hideSecrets(inner, each) : each));
  if (!isObject(value)) return value;
  if (field.fieldKind !== 'map') return hideSecrets(inner, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      isObject(each) ? hideSecrets(inner, each) : each,
    ]),
  );
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
