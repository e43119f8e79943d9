import { readEvent, type ShapeName } from '@billingrails/event-shapes';
import { CliError } from '../exit-codes';
import type { Json, JsonObject } from '../rpc/connection';
import { own, setOwn } from '../own';
import { isObject } from '../rpc/request';
import { instantFrom, longNumbersAsTexts } from './values';

/** How a record becomes an event. */
export interface Mapping {
  /** For records that name no event. */
  readonly eventName: string;
  /** For records that name no account. */
  readonly account: string;
  /** For records without a time, RFC 3339. */
  readonly time: string;
  /** Which column has what: event_name, account, time, key, properties, or any property of another name. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns that are left out. */
  readonly omitted: ReadonlySet<string>;
  /** Whose events they are, where they are another product's: nothing is mapped then. */
  readonly shape?: ShapeName;
}

export interface MappedEvent {
  readonly event_name: string;
  readonly properties: JsonObject;
  readonly idempotency_key: string;
  readonly timestamp: string;
}

/** Why a record makes no event. */
export interface Refusal {
  readonly field: string;
  readonly problem: string;
}

const ROLES = ['event_name', 'account', 'time', 'key', 'properties'] as const;
type Role = (typeof ROLES)[number];

const OTHER_NAMES: Readonly<Record<string, Role>> = {
  name: 'event_name',
  event: 'event_name',
  account_id: 'account',
  billingrails_account_id: 'account',
  timestamp: 'time',
  idempotency_key: 'key',
};

/** Columns that are taken for what they are called, in any case, where nothing else is mapped. */
const USUAL: Readonly<Record<Role, readonly string[]>> = {
  event_name: ['event_name', 'event', 'event_type'],
  account: [
    'billingrails_account_id',
    'account_id',
    'account',
    'customer_id',
    'external_customer_id',
  ],
  time: ['timestamp', 'time', 'event_time', 'occurred_at', 'created_at'],
  key: ['idempotency_key'],
  properties: ['properties'],
};

/** Reads "account=customer_id", each. Throws CliError. */
export function columnsMapped(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', column = ''] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
      if (name === '') {
        throw new CliError(`"${pair}" maps nothing.`, 'Write such as --map account=customer_id.');
      }
      return [own(OTHER_NAMES, name) ?? name, column];
    }),
  );
}

/** Of records with these columns: which has what, as mapped or by its usual name. */
export function rolesIn(
  names: readonly string[],
  columns: Readonly<Record<string, string>>,
): Partial<Record<Role, string>> {
  const roles: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const usual = USUAL[role].flatMap((name) =>
      names.filter((each) => each.toLowerCase() === name),
    );
    const column = columns[role] ?? usual[0];
    if (column !== undefined) roles[role] = column;
  }
  return roles;
}

/** What records with the same columns have in common. */
interface Plan {
  readonly roles: Partial<Record<Role, string>>;
  /** Columns that are no properties of their own name. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Makes events of records; the function's `keyOf` is asked only where no column has the key. What is an event of the
 * API already is given back itself.
 */
export function eventMaker(
  mapping: Mapping,
): (record: JsonObject, keyOf: () => string) => MappedEvent | Refusal {
  const plans = new Map<string, Plan>();
  const takesAll = Object.keys(mapping.columns).length === 0 && mapping.omitted.size === 0;
  const renamed = Object.entries(mapping.columns).filter(
    ([name]) => !(ROLES as readonly string[]).includes(name),
  );
  const planOf = (names: readonly string[]): Plan => {
    const roles = rolesIn(names, mapping.columns);
    const columns = renamed.map(([, column]) => column);
    const { properties } = roles;
    // A column that is one property, or none, does not hold the properties for being called so.
    const isOther = columns.includes(properties ?? '') || mapping.omitted.has(properties ?? '');
    if (mapping.columns['properties'] === undefined && isOther) delete roles.properties;
    return { roles, taken: new Set([...Object.values(roles), ...columns, ...mapping.omitted]) };
  };
  return (record, keyOf) => {
    if (mapping.shape !== undefined) return shapedEvent(mapping.shape, record, mapping.time);
    if (takesAll && isEvent(record)) return record as JsonObject & MappedEvent;
    const names = Object.keys(record);
    const known = names.join('\n');
    const plan = plans.get(known) ?? planOf(names);
    if (plans.size < PLANS_MAX) plans.set(known, plan);
    return eventFrom(record, mapping, plan, renamed, keyOf);
  };
}

/** Whether a record is what would be made of it. */
function isEvent(record: JsonObject): boolean {
  const { event_name, properties, idempotency_key, timestamp } = record;
  if (typeof event_name !== 'string' || event_name === '') return false;
  if (typeof idempotency_key !== 'string' || idempotency_key === '') return false;
  if (typeof timestamp !== 'string' || !RFC_3339.test(timestamp)) return false;
  if (!isObject(properties) || typeof properties[ACCOUNT] !== 'string') return false;
  return properties[ACCOUNT] !== '' && Object.keys(record).length === 4;
}

/** As nearly all senders write it; what else is one goes through `instantFrom`. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Records of JSON may have any columns; what is remembered of them is bounded. */
const PLANS_MAX = 1_000;

function eventFrom(
  record: JsonObject,
  mapping: Mapping,
  { roles, taken }: Plan,
  renamed: readonly (readonly [string, string])[],
  keyOf: () => string,
): MappedEvent | Refusal {
  const at = (role: Role): Json | undefined =>
    roles[role] === undefined ? undefined : valueAt(record, roles[role]);
  const timeText = textOf(at('time'));
  const timestamp = timeText === '' ? mapping.time : instantFrom(timeText);
  if (timestamp === undefined) {
    return { field: roles.time ?? 'time', problem: `"${timeText}" is no time that can be read` };
  }
  const properties: JsonObject = {};
  for (const name of Object.keys(record)) {
    if (!taken.has(name)) setOwn(properties, name, record[name] ?? null);
  }
  const nested = objectFrom(at('properties'));
  if (nested === undefined) return { field: roles.properties ?? 'properties', problem: NO_OBJECT };
  for (const [name, value] of Object.entries(nested)) setOwn(properties, name, value);
  for (const [name, column] of renamed) {
    const value = valueAt(record, column);
    if (value !== undefined) setOwn(properties, name, value);
  }
  const account = textOf(at('account')) || textOf(properties[ACCOUNT]) || mapping.account;
  if (account === '') return { field: roles.account ?? 'account', problem: 'is empty' };
  properties[ACCOUNT] = account;
  const event_name = textOf(at('event_name')) || mapping.eventName;
  const idempotency_key = textOf(at('key')) || keyOf();
  return { event_name, properties, idempotency_key, timestamp };
}

const ACCOUNT = 'billingrails_account_id';
const NO_OBJECT =
  'is no JSON object; --map NAME=COLUMN takes the column for one property, --omit COLUMN leaves it out';

/** Properties as they lie in JSON, or as a cell of a table writes them; none where there is nothing. */
function objectFrom(value: Json | undefined): JsonObject | undefined {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string') return isObject(value) ? value : undefined;
  try {
    const read = JSON.parse(longNumbersAsTexts(value)) as Json;
    return isObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** As the platform takes it where its senders post it, with the same key: sent and imported, it counts once. */
function shapedEvent(shape: ShapeName, record: JsonObject, time: string): MappedEvent | Refusal {
  const read = readEvent(shape, record);
  if ('event' in read) {
    const properties = read.event.properties as JsonObject;
    return { timestamp: time, ...read.event, properties };
  }
  const [first, ...more] = read.violations;
  const rest = more.map(({ field, description }) => `; ${field}: ${description}`).join('');
  return { field: first?.field ?? '', problem: `${first?.description ?? ''}${rest}` };
}

/** A column by its name, else by the path that it writes: "customer.id". */
function valueAt(record: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(record, path)) return record[path];
  let value: Json | undefined = record;
  for (const name of path.split('.')) value = isObject(value) ? own(value, name) : undefined;
  return value;
}

/** An account's id may read as a number, and is a text all the same. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
