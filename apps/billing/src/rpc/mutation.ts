import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { OrganisationId } from '@billingrails/ids';
import { idempotently, inTransaction, type Mongo, type RequestKey } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';

/** A request that changes something. */
export interface Mutation<I extends DescMessage, O extends DescMessage, P> {
  readonly method: DescMethodUnary<I, O>;
  readonly request: MessageShape<I> & { readonly requestId: string };
  readonly context: HandlerContext;
  /** Checks, and asks other services: what must not happen inside a transaction. Not run for a repeated request. */
  readonly prepare: (organisationId: OrganisationId) => Promise<P> | P;
  /** Decides and writes. May run several times; only the last counts. */
  readonly run: (
    session: ClientSession,
    organisationId: OrganisationId,
    prepared: P,
  ) => Promise<MessageInitShape<O>>;
}

/**
 * Runs a mutation once for its request_id: a repeated one with the same content gets the first answer, other
 * content a DomainError of kind conflict. The answer is stored in the transaction that did the work.
 */
export async function mutate<I extends DescMessage, O extends DescMessage, P>(
  mongo: Mongo,
  { method, request, context, prepare, run }: Mutation<I, O, P>,
): Promise<MessageShape<O>> {
  const { organisationId } = principalOf(context);
  const attempt = {
    organisationId,
    method: `${method.parent.typeName}/${method.name}`,
    requestId: request.requestId,
    content: toBinary(method.input, { ...request, requestId: '' }),
  };
  const repeated = await firstAnswer(mongo, attempt);
  if (repeated !== undefined) return fromBinary(method.output, repeated);
  const prepared = await prepare(organisationId);
  const answer = await inTransaction(mongo, (session) =>
    idempotently(mongo, session, attempt, async () =>
      toBinary(method.output, create(method.output, await run(session, organisationId, prepared))),
    ),
  );
  return fromBinary(method.output, answer);
}

/** Thrown out of a transaction that found no answer: nothing is to be written yet. */
class NotAnswered extends Error {}

/**
 * The answer that the request got before, so that a repetition does not depend on what has changed since, such as a
 * meter that was archived. Undefined when it is new.
 */
async function firstAnswer(mongo: Mongo, attempt: RequestKey): Promise<Uint8Array | undefined> {
  if (attempt.requestId === '') return undefined;
  try {
    return await inTransaction(mongo, (session) =>
      idempotently(mongo, session, attempt, () => Promise.reject(new NotAnswered())),
    );
  } catch (error) {
    if (error instanceof NotAnswered) return undefined;
    throw error;
  }
}
