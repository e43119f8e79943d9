import { DomainError, SetupError } from '@billingrails/errors';

/** What the system says of a host that is not there, or not yet. */
const AWAY_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Whether waiting may help: something that the service needs is away or has no room. */
export function isAway(error: unknown): boolean {
  if (error instanceof DomainError) {
    return error.kind === 'unavailable' || error.kind === 'exhausted' || error.kind === 'stale';
  }
  return AWAY_CODES.has(codeOf(error));
}

/** The sentence that says what to change; undefined for faults of ours. */
export function setupProblem(error: unknown): string | undefined {
  if (error instanceof SetupError) return error.message;
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return 'The port at HOST and PORT is in use. Choose another one.';
  if (code === 'EACCES') return 'This user may not listen at HOST and PORT. Choose another port.';
  if (code === 'EADDRNOTAVAIL') return 'HOST is no address of this machine.';
  return undefined;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
