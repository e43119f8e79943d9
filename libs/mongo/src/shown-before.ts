import {
  create,
  type DescMessage,
  type DescMethod,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { objectNamed, type ShownObject } from '@billingrails/audit';
import { DomainError } from '@billingrails/errors';
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

/** Lets the audit log see how things were before mutations on this connection changed them. */
export function showBefore(mongo: Mongo, known: readonly ObjectReader[]): void {
  readers.set(mongo, new Map(known.map((reader) => [reader.type, reader])));
}

/** The thing that a request names, before it is changed. Undefined: it names none, or there is none. */
export async function shownBefore(
  mongo: Mongo,
  session: ClientSession,
  asked: {
    readonly organisationId: string;
    readonly method: DescMethod;
    readonly request: Message;
  },
): Promise<ShownObject | undefined> {
  const { method, request } = asked;
  const named = objectNamed(method, request);
  const reader = named && readers.get(mongo)?.get(named.type);
  if (reader === undefined) return undefined;
  const organisationId = asked.organisationId as OrganisationId;
  return reader.read({ organisationId, id: named?.id ?? '', request }, session);
}
