import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { changedType, objectNamed, type ShownObject } from '@billingrails/audit';
import { assert, DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Mongo } from './connect';

/** What a request is about to change. */
export interface Changed {
  readonly organisationId: OrganisationId;
  /** Which thing the request names; empty for what has no id of its own, such as settings. */
  readonly id: string;
  readonly request: Message;
}

/** Reads things of one kind as they are answered, within a transaction. */
export interface ObjectReader {
  readonly type: string;
  readonly read: (changed: Changed, session: ClientSession) => Promise<ShownObject | undefined>;
}

/** The readers of each service, by the full names of their messages. */
const readers = new WeakMap<Mongo, ReadonlyMap<string, ObjectReader>>();

/** A reader of things that `schema` shows. Undefined, or an error that there is none, means that there is none. */
export function objectReader<S extends DescMessage>(
  schema: S,
  read: (changed: Changed, session: ClientSession) => Promise<MessageInitShape<S> | undefined>,
): ObjectReader {
  return {
    type: schema.typeName,
    async read(changed, session) {
      try {
        const shown = await read(changed, session);
        return shown && { schema, message: create(schema, shown) };
      } catch (error) {
        // The mutation itself says so.
        if (error instanceof DomainError && error.kind === 'not_found') return undefined;
        throw error;
      }
    },
  };
}

/** Of things of which no record tells how they were: each call answers with a new one, or is not recorded. */
export function noneBefore({ typeName }: DescMessage): ObjectReader {
  return { type: typeName, read: () => Promise.resolve(undefined) };
}

/**
 * Lets the audit log see how things were before mutations of these services on this connection changed them. Throws
 * when there is none who could read what one of their methods changes: its records would lack what was before.
 */
export function showBefore(
  mongo: Mongo,
  services: readonly DescService[],
  known: readonly ObjectReader[],
): void {
  const byType = new Map(known.map((reader) => [reader.type, reader]));
  for (const method of services.flatMap(({ methods }) => methods)) {
    if (method.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS) continue;
    const type = changedType(method);
    assert(type === undefined || byType.has(type), `${method.name} has a reader of ${type}`);
  }
  readers.set(mongo, byType);
}

/** The thing that a request names, or removes, before it is changed. Undefined: it names none, or there is none. */
export async function shownBefore(
  mongo: Mongo,
  session: ClientSession,
  asked: {
    readonly organisationId: string;
    readonly method: DescMethod;
    readonly request: Message;
    readonly removes: DescMessage | undefined;
  },
): Promise<ShownObject | undefined> {
  const { method, request, removes } = asked;
  const named = removes ? { type: removes.typeName, id: '' } : objectNamed(method, request);
  const reader = named && readers.get(mongo)?.get(named.type);
  if (reader === undefined) return undefined;
  const organisationId = asked.organisationId as OrganisationId;
  return reader.read({ organisationId, id: named?.id ?? '', request }, session);
}
