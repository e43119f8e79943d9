import { Code, ConnectError } from '@connectrpc/connect';

const PASSING = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Aborted,
  Code.Canceled,
]);

/** Whether a failed call may succeed when it is made again a little later. */
export function isPassing(error: ConnectError): boolean {
  return PASSING.has(error.code);
}
