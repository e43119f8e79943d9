import { cors } from '@connectrpc/connect';
import { ORGANISATION_HEADER } from '../principal';
import type { RequestHandler } from './listener';
import { REQUEST_ID_HEADER } from '../request-id';

/** Pages of this machine, whatever their port. */
export const LOOPBACK = 'loopback';
/** Pages of any origin. */
const ANY_ORIGIN = '*';

type Requests = Parameters<RequestHandler>;

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const allowedHeaders = [
  ...cors.allowedHeaders,
  'Authorization',
  ORGANISATION_HEADER,
  REQUEST_ID_HEADER,
].join(', ');

const exposedHeaders = [
  ...cors.exposedHeaders,
  REQUEST_ID_HEADER,
  'Retry-After',
  'Grpc-Retry-Pushback-Ms',
].join(', ');

const PREFLIGHT_SECONDS = '7200';

/**
 * Tells browsers whether pages of an origin may call and read the answers: those of `origins`, each an origin as
 * browsers send it, LOOPBACK or ANY_ORIGIN. Returns what does so for a request, and whether that was a preflight, which
 * is then answered. No cookie is ever asked for: pages show a key like everybody else.
 */
export function allowOrigins(
  origins: readonly string[],
): (request: Requests[0], response: Requests[1]) => boolean {
  return (request, response) => {
    const { origin } = request.headers;
    if (origin === undefined) return false;
    // Whatever keeps answers must not give those of one origin to another.
    response.setHeader('vary', 'Origin');
    const isAllowed = origins.some((allowed) => matches(allowed, origin));
    if (isAllowed) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', exposedHeaders);
    }
    const asks = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || asks === undefined) return false;
    if (isAllowed) {
      response.setHeader('access-control-allow-methods', cors.allowedMethods.join(', '));
      response.setHeader('access-control-allow-headers', allowedHeaders);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    }
    request.resume();
    response.statusCode = 204;
    response.end();
    return true;
  };
}

function matches(allowed: string, origin: string): boolean {
  if (allowed === ANY_ORIGIN) return true;
  if (allowed !== LOOPBACK) return allowed === origin;
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && loopbackHosts.has(hostname);
}
