import { createHash, randomInt } from 'node:crypto';
import {
  create,
  toBinary,
  type DescMessage,
  type DescMethod,
  type JsonObject,
  type Message,
} from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AuditActorKind,
  AuditOutcome,
  type AuditRecord,
} from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import { createIdSource, derivedId, type Id } from '@billingrails/ids';
import { auditedObject, objectField } from './audited-object';
import { differing, shownJson, shownText } from './shown-json';

/** Who calls, as the server knows it. */
export interface AuditCaller {
  readonly organisationId: string;
  readonly keyId: string;
  readonly kind: 'organisation' | 'service';
  /** The IP address of the connection. */
  readonly address?: string;
  /** What X-Forwarded-For said. */
  readonly forwardedFor?: string;
}

/** A public message, with what it is. */
export interface ShownObject {
  readonly schema: DescMessage;
  readonly message: Message;
}

/** A call, and what it was about before and after. */
export interface AuditedCall {
  /** The same for every repetition of the record; see `newRecordId`. */
  readonly id: Id<'aud'>;
  readonly caller: AuditCaller;
  readonly method: DescMethod;
  readonly request: Message & { readonly requestId?: string };
  /** What an organisation has once and the call removes, where the contract does not name it. */
  readonly removes?: DescMessage | undefined;
  /** The thing before. Undefined: there was none. */
  readonly before?: ShownObject | undefined;
  /** The method's answer. Undefined: the record is written before there is one. */
  readonly answer?: Message | undefined;
  /** By the server's clock. */
  readonly timeMs: number;
}

/** A call that was refused. */
export type RefusedCall = Pick<AuditedCall, 'caller' | 'method' | 'timeMs'>;

/** A message for an outbox or for the bus, whose id is the record's. */
export interface AuditMessage {
  readonly id: Id<'aud'>;
  readonly subject: string;
  readonly data: Uint8Array;
}

const SUBJECT = 'audit.recorded';
const MINUTE_MS = 60_000;

const ids = createIdSource(Date.now, () => randomInt(2 ** 32) / 2 ** 32);

/** The id of a record of which a transaction makes sure that there is one. */
export function newRecordId(): Id<'aud'> {
  return ids.next('aud');
}

/** The id of the record of a request that may be made again: what has no request_id is another request each time. */
export function recordIdOf(
  organisationId: string,
  method: string,
  request: SameRequest,
): Id<'aud'> {
  if (request.requestId === '') return newRecordId();
  const content = createHash('sha256').update(request.content).digest('hex');
  return derivedId('aud', organisationId, method, request.requestId, content);
}

/** What makes requests the same. */
export interface SameRequest {
  readonly requestId: string;
  readonly content: Uint8Array;
}

/** The message on stream AUDIT that tells of a call that was done, for the outbox of its transaction. */
export function auditRecorded(call: AuditedCall): AuditMessage {
  const { id, caller, method, request, removes, answer } = call;
  const { type, id: objectId } = auditedObject(
    ...([method, request, answer, caller.organisationId] as const),
  );
  const objectType = removes?.typeName ?? type;
  const { before, after } = beforeAndAfter(call);
  return messageOf(call, {
    ...{ id, outcome: AuditOutcome.DONE, requestId: request.requestId ?? '' },
    ...{ objectType, objectId },
    requestJson: shownText(shownJson(method.input, request)),
    beforeJson: shownText(before),
    afterJson: shownText(after),
  });
}

/** The same of a call that was refused because its key lacks a scope: one record a key, method and minute. */
export function auditRefused(call: RefusedCall): AuditMessage {
  const { caller, timeMs } = call;
  const minute = String(Math.floor(timeMs / MINUTE_MS));
  const what = [caller.organisationId, caller.keyId, nameOf(call.method), minute] as const;
  const id = derivedId('aud', 'refused', ...what);
  return messageOf(call, { id, outcome: AuditOutcome.REFUSED });
}

/** The full name of a method, as records have it. */
export function nameOf({ parent, name }: Pick<DescMethod, 'parent' | 'name'>): string {
  return `${parent.typeName}/${name}`;
}

function messageOf(
  { caller, method, timeMs }: RefusedCall,
  record: Partial<Omit<AuditRecord, '$typeName'>> & { readonly id: Id<'aud'> },
): AuditMessage {
  const { organisationId, keyId, address = '', forwardedFor = '' } = caller;
  const kind = caller.kind === 'service' ? AuditActorKind.SERVICE : AuditActorKind.ORGANISATION;
  const message = create(AuditRecordedSchema, {
    record: {
      ...{ ...record, organisationId, method: nameOf(method), time: timestampFromMs(timeMs) },
      actor: { keyId, kind, address, forwardedFor },
    },
  });
  return { id: record.id, subject: SUBJECT, data: toBinary(AuditRecordedSchema, message) };
}

function beforeAndAfter({ method, before, answer }: AuditedCall): {
  readonly before: JsonObject;
  readonly after: JsonObject;
} {
  const was = before && shownJson(before.schema, before.message);
  const after = shownAfter(method, answer);
  // What is gone, or not shown, has no fields to compare.
  if (was === undefined || after === undefined) return { before: was ?? {}, after: after ?? {} };
  return differing(was, after);
}

function shownAfter(method: DescMethod, answer: Message | undefined): JsonObject | undefined {
  const field = objectField(method);
  if (field?.message === undefined || answer === undefined) return undefined;
  const shown = reflect(method.output, answer);
  if (!shown.isSet(field)) return undefined;
  return shownJson(field.message, (shown.get(field) as ReflectMessage).message);
}
