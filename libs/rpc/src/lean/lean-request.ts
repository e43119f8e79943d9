import { parseTimeout as parseConnect } from '@connectrpc/connect/protocol-connect';
import { parseTimeout as parseGrpc } from '@connectrpc/connect/protocol-grpc';
import { DEADLINE_MS_MAX } from '../limits';
import type { RequestHandler } from '../server/listener';

/** How a lean request is to be read and answered. */
export interface LeanRequest {
  readonly protocol: 'grpc' | 'connect';
  readonly encoding: 'proto' | 'json';
  /** How long the call may take. */
  readonly limitMs: number;
}

type Form = Pick<LeanRequest, 'protocol' | 'encoding'>;

const grpc: Form = { protocol: 'grpc', encoding: 'proto' };
const connectJson: Form = { protocol: 'connect', encoding: 'json' };

const forms: ReadonlyMap<string | undefined, Form> = new Map([
  ['application/grpc', grpc],
  ['application/grpc+proto', grpc],
  ['application/json', connectJson],
  ['application/json; charset=utf-8', connectJson],
  ['application/proto', { protocol: 'connect', encoding: 'proto' }],
]);

/** The longest body that the lean path gathers; what is longer has other costs than the runtime's. */
export const LEAN_BYTES_MAX = 256 * 1024;

/** Undefined when a request's head asks for anything that only the runtime knows. */
export function leanRequest(request: Parameters<RequestHandler>[0]): LeanRequest | undefined {
  const { headers, method, url } = request;
  const form = forms.get(headers['content-type']);
  if (form === undefined || method !== 'POST' || url?.includes('?')) return undefined;
  const overHttp2 = 'stream' in request;
  const host = overHttp2 ? request.authority : headers.host;
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  const isGrpc = form.protocol === 'grpc';
  if (isGrpc && !overHttp2) return undefined;
  const compression = headers[isGrpc ? 'grpc-encoding' : 'content-encoding'];
  if (compression !== undefined && compression !== 'identity') return undefined;
  if (Number(headers['content-length'] ?? 0) > LEAN_BYTES_MAX) return undefined;
  const timeout = headers[isGrpc ? 'grpc-timeout' : 'connect-timeout-ms'] ?? null;
  if (Array.isArray(timeout)) return undefined;
  const { timeoutMs, error } = (isGrpc ? parseGrpc : parseConnect)(timeout, Infinity);
  if (error !== undefined) return undefined;
  return { ...form, limitMs: Math.min(timeoutMs ?? DEADLINE_MS_MAX, DEADLINE_MS_MAX) };
}
