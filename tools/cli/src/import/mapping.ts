import { CliError } from '../exit-codes';
import type { Json, JsonObject } from '../rpc/connection';
import { isObject } from '../rpc/request';
import { instantFrom } from './values';

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
      return [OTHER_NAMES[name] ?? name, column];
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

/** Makes an event of a record; `keyOf` is asked only where no column has its key. */
export function eventFrom(
  record: JsonObject,
  mapping: Mapping,
  keyOf: () => string,
): MappedEvent | Refusal {
  const roles = rolesIn(Object.keys(record), mapping.columns);
  const at = (role: Role): Json | undefined =>
    roles[role] === undefined ? undefined : valueAt(record, roles[role]);
  const timeText = textOf(at('time'));
  const timestamp = timeText === '' ? mapping.time : instantFrom(timeText);
  if (timestamp === undefined) {
    return { field: roles.time ?? 'time', problem: `"${timeText}" is no time that can be read` };
  }
  const event_name = textOf(at('event_name')) || mapping.eventName;
  const properties = propertiesOf(record, mapping, roles);
  const account = textOf(at('account')) || textOf(properties[ACCOUNT]) || mapping.account;
  if (account === '') return { field: roles.account ?? 'account', problem: 'is empty' };
  properties[ACCOUNT] = account;
  return { event_name, properties, idempotency_key: textOf(at('key')) || keyOf(), timestamp };
}

const ACCOUNT = 'billingrails_account_id';

function propertiesOf(
  record: JsonObject,
  { columns, omitted }: Mapping,
  roles: Partial<Record<Role, string>>,
): JsonObject {
  const properties: JsonObject = {};
  const taken = new Set(Object.values(roles));
  const renamed = Object.entries(columns).filter(
    ([name]) => !(ROLES as readonly string[]).includes(name),
  );
  for (const [, column] of renamed) taken.add(column);
  for (const [name, value] of Object.entries(record)) {
    if (!taken.has(name) && !omitted.has(name)) properties[name] = value;
  }
  const nested = roles.properties === undefined ? undefined : valueAt(record, roles.properties);
  if (isObject(nested)) Object.assign(properties, nested);
  for (const [name, column] of renamed) {
    const value = valueAt(record, column);
    if (value !== undefined) properties[name] = value;
  }
  return properties;
}

/** A column by its name, else by the path that it writes: "customer.id". */
function valueAt(record: JsonObject, path: string): Json | undefined {
  if (path in record) return record[path];
  let value: Json | undefined = record;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** An account's id may read as a number, and is a text all the same. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
