import type { Violation } from '@billingrails/errors';
import { isObject, type EventDraft, type JsonObject } from './event-draft';
import { keyOf } from './key';
import { shapeOf, type Shape, type ShapeName } from './shapes';
import { instantFrom } from './time';

/** The property that holds the account. */
const ACCOUNT = 'billingrails_account_id';

export type EventRead =
  { readonly event: EventDraft } | { readonly violations: readonly Violation[] };

export interface ReadOptions {
  /** Before the names of what is wrong, such as "events[3]."; nothing unless given. */
  readonly path?: string;
}

/** Reads an event that was written in the shape of another platform, or says everything that is wrong with it. */
export function readEvent(
  name: ShapeName,
  value: unknown,
  { path = '' }: ReadOptions = {},
): EventRead {
  const problems: Violation[] = [];
  if (!isObject(value)) {
    return {
      violations: [{ field: path.replace(/\.$/, ''), description: 'must be a JSON object' }],
    };
  }
  const shape = shapeOf(name);
  const wrong = (field: string, description: string): void =>
    void problems.push({ field: `${path}${field}`, description });
  const text = (fields: readonly string[], what: string): string => {
    const field = fields.find((each) => isGiven(at(value, each))) ?? fields[0] ?? '';
    const found = at(value, field);
    if (typeof found === 'string' && found !== '') return found;
    const how = isGiven(found) && found !== '' ? 'must be a string' : 'is required';
    wrong(field, `${how}: ${what}`);
    return '';
  };
  for (const [field, must] of Object.entries(shape.fixed ?? {}))
    if (value[field] !== must) wrong(field, `must be "${String(must)}"`);
  for (const [field, description] of Object.entries(shape.refused ?? {}))
    if (isGiven(value[field])) wrong(field, description);
  const eventName = text([shape.name], 'the name of the event, by which meters count it');
  const account = text(shape.account, 'the account that the event is counted for');
  const id = text(shape.key, 'what makes the event count once');
  const source = shape.source && text([shape.source], 'with the id it makes the event count once');
  const timestamp = timeOf(value, shape, wrong);
  const properties = propertiesOf(value, shape, wrong);
  if (problems.length > 0) return { violations: problems };
  return {
    event: {
      event_name: eventName,
      properties: { ...properties, [ACCOUNT]: account },
      idempotency_key: source === undefined ? id : keyOf(source, id),
      ...(timestamp !== undefined && { timestamp }),
    },
  };
}

/** A path of our event, such as "properties.billingrails_account_id", by the name that senders of the shape know. */
export function senderField(name: ShapeName, field: string): string {
  const shape = shapeOf(name);
  if (field === `properties.${ACCOUNT}`) return shape.account[0] ?? field;
  const [first = '', ...rest] = field.split(/(?=[.[])/);
  const names: Readonly<Record<string, string | undefined>> = {
    event_name: shape.name,
    properties: shape.properties,
    idempotency_key: shape.key[0],
    timestamp: shape.time,
  };
  return [names[first] ?? first, ...rest].join('');
}

type Wrong = (field: string, description: string) => void;

function timeOf(value: JsonObject, { time }: Shape, wrong: Wrong): string | undefined {
  const found = at(value, time);
  if (!isGiven(found) || found === '') return undefined;
  const instant = instantFrom(found);
  if (instant === undefined)
    wrong(time, 'must be a time such as "2023-10-01T12:00:00Z", or seconds since 1970');
  return instant;
}

function propertiesOf(value: JsonObject, shape: Shape, wrong: Wrong): JsonObject {
  const { properties: field, without = [], also = [] } = shape;
  const found = at(value, field) ?? {};
  if (!isObject(found)) {
    wrong(field, 'must be a JSON object');
    return {};
  }
  const kept = Object.entries(found).filter(([name]) => !without.includes(name));
  const more = also.flatMap((name) => (isGiven(value[name]) ? [[name, value[name]] as const] : []));
  return Object.fromEntries([...more, ...kept]);
}

function at(value: JsonObject, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inside, name) => (isObject(inside) ? inside[name] : undefined), value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
