import type { ConnectError } from '@connectrpc/connect';
import type { CallEnded, CallRecord } from '../../interceptors/log-calls';
import { errorAnswer } from './error-answer';
import type { RequestHandler } from '../listener';
import { sendAnswer } from './send-answer';

/** An error by which a call ends without its body having been read. */
export interface Refusal {
  readonly error: ConnectError;
  /** Of answers that are plain HTTP, where it is not that of the code. */
  readonly httpStatus?: number;
  readonly header?: Readonly<Record<string, string>>;
}

type Requests = Parameters<RequestHandler>;

/**
 * Answers with an error in the words of the protocol that was spoken. Nothing of the body is kept: what still comes is
 * thrown away as it comes, over HTTP/2 for a moment only.
 */
export function refuse(
  { error, httpStatus, header = {} }: Refusal,
  request: Requests[0],
  response: Requests[1],
  record: CallRecord,
  ended: CallEnded,
): void {
  ended(error, record);
  for (const [name, value] of Object.entries(header)) response.setHeader(name, value);
  const contentType = request.headers['content-type'] ?? null;
  request.resume();
  // The caller may have left.
  sendAnswer(errorAnswer(error, contentType, httpStatus), request, response).catch(() => undefined);
}
