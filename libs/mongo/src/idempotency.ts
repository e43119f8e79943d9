import { createHash } from 'node:crypto';
import { Binary, type ClientSession } from 'mongodb';
import { conflict } from '@billingrails/errors';
import type { Mongo } from './connect';

const REQUESTS = 'requests';
const KEEP_SECONDS = 30 * 24 * 60 * 60;

/** Answers are kept for 30 days; a repetition after that is a new request. */
export const REQUEST_INDEXES = [
  { collection: REQUESTS, key: { createTime: 1 }, expireAfterSeconds: KEEP_SECONDS },
] as const;

/** A mutation as its caller named it. */
export interface RequestKey {
  readonly organisationId: string;
  /** The RPC, such as `billingrails.metering.v1.MeterService/CreateMeter`. */
  readonly method: string;
  /** Chosen by the caller, unique in the organisation and method; empty when the caller does not care. */
  readonly requestId: string;
  /** The encoded request without its request_id: what makes two requests the same. */
  readonly content: Uint8Array;
}

interface RequestDoc {
  /** Organisation, method, request id: each method has request ids of its own. */
  _id: { o: string; m: string; r: string };
  contentHash: Binary;
  response: Binary;
  createTime: Date;
}

/**
 * Runs a mutation once for each request id. The answer is stored in the mutation's own transaction, so either both
 * exist or neither: the same request again gets the first answer, the same id with other content throws DomainError
 * conflict REQUEST_ID_REUSED, and of two at once one waits for the other through the transaction's retry.
 * With an empty request id, `run` just runs.
 */
export async function idempotently(
  mongo: Mongo,
  session: ClientSession,
  { organisationId, method, requestId, content }: RequestKey,
  run: (session: ClientSession) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (requestId === '') return run(session);
  const requests = mongo.db.collection<RequestDoc>(REQUESTS);
  const _id = { o: organisationId, m: method, r: requestId };
  const contentHash = createHash('sha256').update(content).digest();

  const earlier = await requests.findOne({ _id }, { session });
  if (earlier !== null) {
    if (contentHash.equals(earlier.contentHash.buffer)) {
      return new Uint8Array(earlier.response.buffer);
    }
    throw conflict(
      'REQUEST_ID_REUSED',
      'This request_id was used before, for a request with other content. Use a new one.',
      [{ field: 'request_id', description: 'was used before with other content' }],
    );
  }
  const response = await run(session);
  const createTime = new Date();
  await requests.insertOne(
    {
      _id,
      contentHash: new Binary(contentHash),
      response: new Binary(response),
      createTime,
    },
    { session },
  );
  return response;
}
