import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ObjectChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { CHANGE_KINDS, type ChangeType } from './change-kinds';

/** Something that has become otherwise. */
export interface Change<S extends DescMessage> {
  readonly type: ChangeType;
  readonly organisationId: OrganisationId;
  /** Unset: it is of no account. */
  readonly accountId?: AccountId;
  readonly objectId: string;
  /**
   * What tells this time from others at which the same came about of the same thing, such as the payment that made an
   * invoice paid: the same when the transaction is run again. Unset: it comes about once.
   */
  readonly occasion?: string;
  readonly schema: S;
  /** As it is right after the change. */
  readonly object: MessageInitShape<S>;
  readonly isTest: boolean;
  /** By the account's clock, or else the organisation's. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

/** A message for an outbox, whose id is the event's. */
export interface ChangeMessage {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** A longer object is left out, so that the message fits into one of the bus. */
const OBJECT_BYTES_MAX = 900_000;

/** The message on stream CHANGES that tells of a change, for the outbox of the transaction that makes it. */
export function objectChanged<S extends DescMessage>(change: Change<S>): ChangeMessage {
  const { type, organisationId, accountId = '', objectId, occasion = '', schema } = change;
  const { object, isTest, occurMs, createMs } = change;
  const { objectType } = CHANGE_KINDS[type];
  assert(schema.typeName === objectType, 'a type of change has one type of object');
  const eventId = derivedId('evt', organisationId, type, objectId, occasion);
  const bytes = toBinary(schema, create(schema, object));
  const message = create(ObjectChangedSchema, {
    ...{ eventId, organisationId, accountId, type, objectId, objectType, isTest },
    object: bytes.byteLength > OBJECT_BYTES_MAX ? new Uint8Array() : bytes,
    occurTime: timestampFromMs(occurMs),
    createTime: timestampFromMs(createMs),
  });
  return {
    id: eventId,
    subject: `changes.${type}`,
    data: toBinary(ObjectChangedSchema, message),
  };
}
