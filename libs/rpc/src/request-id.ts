import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Names a call in its answer and in the logs of all services that it goes through. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What may stand in a header and in a log as it is. */
const SANE = /^[\w.:/@+=-]{1,128}$/;

/** The caller's own name for the call, if it is a sane one; else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
