import type { Document } from 'mongodb';
import { namespaceOf } from './plan';
import { SHARDED } from './shard-keys';

/** How a mongos would send a command: to the shards that the filter names, to all of them, or not at all. */
export type Routing = 'targeted' | 'broadcast' | 'refused';

/** A command on a sharded collection, as the profiler kept it, and how a mongos would send it. */
export interface Routed {
  readonly namespace: string;
  readonly kind: string;
  /** The fields that the filter names, sorted. */
  readonly fields: string;
  readonly routing: Routing;
}

/** How a mongos (6.0) would send what the profiler kept, each part of a union of its own; nothing of unsharded ones. */
export function routingsOf(profiled: Document): Routed[] {
  const namespace = String(profiled['ns']);
  const command = (profiled['command'] ?? {}) as Document;
  const kind = kindOf(profiled, command);
  if (kind === undefined) return [];
  const [database] = namespace.split('.', 1);
  const unions = stagesOf(command).flatMap(({ $unionWith }) => ($unionWith as Document) ?? []);
  return [
    { namespace, filter: filterOf(command) },
    ...unions.map((union) => ({
      ...{ namespace: `${database}.${String(union['coll'])}`, filter: filterOf(union) },
    })),
  ].flatMap((part) => routingOf(kind, part.namespace, part.filter) ?? []);
}

/** Undefined: nothing that a shard key bears on. */
function routingOf(kind: string, namespace: string, filter: Document): Routed | undefined {
  const sharded = SHARDED.find((one) => namespaceOf(one) === namespace);
  if (sharded === undefined) return undefined;
  const fields = Object.keys(filter);
  const key = Object.keys(sharded.key);
  // Of an account's documents in a chunk range: the organisation and account, or the key itself, are enough to route.
  const leading = key.slice(0, 2);
  const isRouted = leading.every((field) => fields.includes(field));
  const isWhole = key.every((field) => isEquality(filter[field]));
  const mustBeWhole = kind === 'upsert' || kind === 'findAndModify';
  const byId = isEquality(filter['_id']);
  const isOne = kind === 'update' || kind === 'remove';
  const refused = (mustBeWhole && !isWhole) || (isOne && !byId && !isRouted);
  const routing = refused ? 'refused' : isRouted || isWhole ? 'targeted' : 'broadcast';
  return { namespace, kind, fields: fields.sort().join(' '), routing };
}

function stagesOf(command: Document): Document[] {
  return (command['pipeline'] ?? []) as Document[];
}

function kindOf(profiled: Document, command: Document): string | undefined {
  if (profiled['op'] === 'update') return command['upsert'] === true ? 'upsert' : 'update';
  if (profiled['op'] === 'remove') return 'remove';
  if (command['findAndModify'] !== undefined) return 'findAndModify';
  if (command['find'] !== undefined || command['aggregate'] !== undefined) return 'read';
  return undefined;
}

function filterOf(command: Document): Document {
  const [first] = stagesOf(command);
  const filter = (command['q'] ??
    command['filter'] ??
    command['query'] ??
    first?.['$match'] ??
    {}) as Document;
  // A scan of an index in its order names the same fields in each of its branches.
  const branches = (filter['$or'] ?? []) as Document[];
  const common = branches.reduce<Document>(
    (kept, branch, index) =>
      Object.fromEntries(Object.entries(branch).filter(([field]) => index === 0 || field in kept)),
    {},
  );
  return { ...common, ...filter };
}

function isEquality(condition: unknown): boolean {
  if (condition === undefined || condition === null) return false;
  if (typeof condition !== 'object') return true;
  return !Object.keys(condition).some((name) => name.startsWith('$') && name !== '$eq');
}
