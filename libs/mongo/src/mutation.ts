import {
  clone,
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { ClientSession } from 'mongodb';
import { auditRecorded, newRecordId, type AuditCaller } from '@billingrails/audit';
import type { Mongo } from './connect';
import { idempotently, type RequestKey } from './idempotency';
import { addToOutbox } from './outbox';
import { shownBefore } from './shown-before';
import { inTransaction } from './transaction';

/** A request that changes something. */
export interface Mutation<Owner extends string, I extends DescMessage, O extends DescMessage, P> {
  /** Whose request it is, and by which key: the audit log says so. */
  readonly caller: AuditCaller & { readonly organisationId: Owner };
  readonly method: DescMethodUnary<I, O>;
  readonly request: MessageShape<I> & { readonly requestId: string };
  /** What an organisation has once and this removes, for the audit log, where neither request nor answer names it. */
  readonly removes?: DescMessage;
  /**
   * Checks, and asks other services: what must not happen inside a transaction. Not run for a repeated request, so that
   * its answer does not depend on what has changed since. Undefined: there is nothing to prepare.
   */
  readonly prepare?: (organisationId: Owner) => Promise<P> | P;
  /** Decides and writes. May run several times, and only the last counts: no effect but through its session. */
  readonly run: (
    session: ClientSession,
    organisationId: Owner,
    prepared: P,
  ) => Promise<MessageInitShape<O>>;
}

/**
 * Runs a mutation once for its request_id, of which each method has its own: a repeated request with the same content
 * gets the first answer, one with other content a DomainError of kind conflict. The answer is stored in the transaction
 * that did the work, so one that failed may be repeated; and so is the record of it for the audit log, in the outbox.
 */
export async function mutate<
  Owner extends string,
  I extends DescMessage,
  O extends DescMessage,
  P = undefined,
>(mongo: Mongo, mutation: Mutation<Owner, I, O, P>): Promise<MessageShape<O>> {
  const { caller, method, request, removes, prepare, run } = mutation;
  const { organisationId } = caller;
  const key = requestKeyOf({ organisationId, method, request });
  const recordId = newRecordId();
  const repeated = prepare === undefined ? undefined : await firstAnswer(mongo, key);
  if (repeated !== undefined) return fromBinary(method.output, repeated);
  let prepared: P;
  try {
    prepared = (await prepare?.(organisationId)) as P;
  } catch (error) {
    // Preparing may have seen what the first attempt of this very request has done meanwhile.
    const meanwhile = await firstAnswer(mongo, key);
    if (meanwhile === undefined) throw error;
    return fromBinary(method.output, meanwhile);
  }
  const answer = await inTransaction(mongo, (session) =>
    idempotently(mongo, session, key, async () => {
      const about = { method, request, removes };
      const before = await shownBefore(mongo, session, { organisationId, ...about });
      const done = create(method.output, await run(session, organisationId, prepared));
      const of = { id: recordId, caller, ...about, before, answer: done };
      await addToOutbox(mongo.db, session, auditRecorded({ ...of, timeMs: Date.now() }));
      return toBinary(method.output, done);
    }),
  );
  return fromBinary(method.output, answer);
}

/** What makes requests the same. */
export function requestKeyOf<I extends DescMessage>({
  organisationId,
  method,
  request,
}: Pick<Mutation<string, I, DescMessage, unknown>, 'method' | 'request'> & {
  readonly organisationId: string;
}): RequestKey {
  const nameless = clone(method.input, request) as MessageShape<I> & { requestId: string };
  nameless.requestId = '';
  return {
    organisationId,
    method: `${method.parent.typeName}/${method.name}`,
    requestId: request.requestId,
    content: toBinary(method.input, nameless),
  };
}

/** Thrown out of a transaction that found no answer: nothing is to be written yet. */
class NotAnswered extends Error {}

/** The answer that the request got before. Undefined when it is new. */
async function firstAnswer(mongo: Mongo, key: RequestKey): Promise<Uint8Array | undefined> {
  if (key.requestId === '') return undefined;
  try {
    return await inTransaction(mongo, (session) =>
      idempotently(mongo, session, key, () => Promise.reject(new NotAnswered())),
    );
  } catch (error) {
    if (error instanceof NotAnswered) return undefined;
    throw error;
  }
}
