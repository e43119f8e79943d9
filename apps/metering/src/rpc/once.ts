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
import { idempotently, inTransaction, type Mongo } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';

/** A message with a request_id. */
type Mutation<I extends DescMessage> = MessageShape<I> & { requestId: string };

/**
 * Runs a mutation in a transaction, once for each request_id: the same request again gets the first answer. `run` must
 * have no effect but through its session, because it is run again whenever the transaction is.
 */
export async function once<I extends DescMessage, O extends DescMessage>(
  mongo: Mongo,
  method: DescMethodUnary<I, O>,
  request: Mutation<I>,
  call: HandlerContext,
  run: (session: ClientSession) => Promise<MessageInitShape<O>>,
): Promise<MessageShape<O>> {
  const nameless = clone(method.input, request) as Mutation<I>;
  nameless.requestId = '';
  const key = {
    organisationId: principalOf(call).organisationId,
    method: `${method.parent.typeName}/${method.name}`,
    requestId: request.requestId,
    content: toBinary(method.input, nameless),
  };
  const answer = await inTransaction(mongo, (session) =>
    idempotently(mongo, session, key, async () =>
      toBinary(method.output, create(method.output, await run(session))),
    ),
  );
  return fromBinary(method.output, answer);
}
