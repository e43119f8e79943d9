import { createHash } from 'node:crypto';
import { Binary, type ClientSession } from 'mongodb';
import { conflict, DomainError } from '@billingrails/errors';
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
  key: RequestKey,
  run: (session: ClientSession) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const earlier = (await earlierAnswers(mongo, session, [key])).get(key);
  if (earlier instanceof DomainError) throw earlier;
  if (earlier !== undefined) return earlier;
  const response = await run(session);
  await keepAnswers(mongo, session, [[key, response]]);
  return response;
}

/**
 * The answers of those requests that were answered before, for what runs several in one transaction; of one whose id
 * was used with other content the error. No two of them may be of one method and id.
 */
export async function earlierAnswers(
  mongo: Mongo,
  session: ClientSession,
  keys: readonly RequestKey[],
): Promise<Map<RequestKey, Uint8Array | DomainError>> {
  const answers = new Map<RequestKey, Uint8Array | DomainError>();
  const named = keys.filter(({ requestId }) => requestId !== '');
  if (named.length === 0) return answers;
  const filter = { _id: { $in: named.map(idOf) } };
  const found = await mongo.db.collection<RequestDoc>(REQUESTS).find(filter, { session }).toArray();
  const byId = new Map(found.map((doc) => [JSON.stringify(doc._id), doc]));
  for (const key of named) {
    const earlier = byId.get(JSON.stringify(idOf(key)));
    if (earlier === undefined) continue;
    const isSame = hashOf(key).equals(earlier.contentHash.buffer);
    answers.set(key, isSame ? new Uint8Array(earlier.response.buffer) : reused());
  }
  return answers;
}

/** Stores the answers of requests in the transaction that did their work. */
export async function keepAnswers(
  mongo: Mongo,
  session: ClientSession,
  answered: readonly (readonly [key: RequestKey, response: Uint8Array])[],
): Promise<void> {
  const createTime = new Date();
  const docs = answered
    .filter(([{ requestId }]) => requestId !== '')
    .map(([key, response]) => ({
      ...{ _id: idOf(key), contentHash: new Binary(hashOf(key)) },
      ...{ response: new Binary(response), createTime },
    }));
  if (docs.length === 0) return;
  await mongo.db.collection<RequestDoc>(REQUESTS).insertMany(docs, { session });
}

function idOf({ organisationId: o, method: m, requestId: r }: RequestKey): RequestDoc['_id'] {
  return { o, m, r };
}

function hashOf({ content }: RequestKey): Buffer {
  return createHash('sha256').update(content).digest();
}

function reused(): DomainError {
  return conflict(
    'REQUEST_ID_REUSED',
    'This request_id was used before, for a request with other content. Use a new one.',
    [{ field: 'request_id', description: 'was used before with other content' }],
  );
}
