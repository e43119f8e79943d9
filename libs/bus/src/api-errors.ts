import { NatsError } from 'nats';

const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
const MESSAGE_NOT_FOUND = 10037;
const DUPLICATE_IN_BATCH = 10201;
const NOT_FOUND_CODES: ReadonlySet<number> = new Set([
  STREAM_NOT_FOUND,
  CONSUMER_NOT_FOUND,
  MESSAGE_NOT_FOUND,
]);
const WRONG_LAST_SEQUENCE_CODES: ReadonlySet<number> = new Set([10071, 10164]);

/** Whether JetStream said that there is no such stream, consumer or message. */
export function isNotFound(error: unknown): boolean {
  return NOT_FOUND_CODES.has(apiCode(error));
}

/** Whether a publication was refused because the stream had moved on. */
export function isWrongLastSequence(error: unknown): boolean {
  return WRONG_LAST_SEQUENCE_CODES.has(apiCode(error));
}

/** Whether a batch was refused because the stream holds one of its messages. */
export function isDuplicateInBatch(error: unknown): boolean {
  return apiCode(error) === DUPLICATE_IN_BATCH;
}

function apiCode(error: unknown): number {
  return error instanceof NatsError ? (error.api_error?.err_code ?? 0) : 0;
}
