import { DomainError, type ReasonOf } from '@billingrails/errors';
import type { Principal } from '../principal';

/** Says who calls; throws a DomainError 'unauthenticated' when it is nobody. */
export type Authenticate = (
  bearer: string,
  organisationHeader: string | undefined,
) => Promise<Principal> | Principal;

/** Health and reflection are for probes and tools, which have no key; they tell nothing about anyone's data. */
const openServices: ReadonlySet<string> = new Set([
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
]);

/** Whether the methods of the service are called without a key. */
export function isOpen(service: string): boolean {
  return openServices.has(service);
}

/** Whose call it is by these headers; throws a DomainError 'unauthenticated' that says why it is nobody's. */
export async function whoCalls(
  authorization: string | undefined,
  organisationHeader: string | undefined,
  authenticate: Authenticate,
): Promise<Principal> {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer === undefined) throw withoutBearer(authorization ?? '');
  return await authenticate(bearer, organisationHeader);
}

/** What a server that knows its keys by itself says of any other. */
export function unauthenticated(): DomainError {
  return refusal('API_KEY_INVALID', 'The API key is not valid, or not for this organisation.');
}

/** What there is in the place of a key may be told: it says nothing about keys. */
function withoutBearer(authorization: string): DomainError {
  const missing = (what: string): DomainError => refusal('API_KEY_MISSING', what);
  if (authorization.trim() === '') return missing('There is no Authorization header.');
  const scheme = /^\s*(\S+)/.exec(authorization)?.[1] ?? '';
  if (/^bearer$/i.test(scheme)) return missing('After "Bearer" there must be one API key.');
  return missing('The Authorization header does not begin with "Bearer".');
}

function refusal(reason: ReasonOf<'unauthenticated'>, what: string): DomainError {
  const message = `${what} Send a valid API key as "Authorization: Bearer br_…".`;
  return new DomainError('unauthenticated', reason, message);
}
