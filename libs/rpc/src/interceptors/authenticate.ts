import { DomainError } from '@billingrails/errors';
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

/** Whose call it is by these headers; throws a DomainError 'unauthenticated' when it is nobody's. */
export async function whoCalls(
  authorization: string | undefined,
  organisationHeader: string | undefined,
  authenticate: Authenticate,
): Promise<Principal> {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer === undefined) throw withoutBearer(authorization ?? '');
  try {
    return await authenticate(bearer, organisationHeader);
  } catch (error) {
    const refused = error instanceof DomainError && error.kind === 'unauthenticated';
    throw refused ? unauthenticated() : error;
  }
}

/** The same words whatever was wrong with a key, so that nobody learns which part was right. */
export function unauthenticated(): DomainError {
  return refusal('The API key is not valid, or not for this organisation.');
}

/** What there is in the place of a key may be told: it says nothing about keys. */
function withoutBearer(authorization: string): DomainError {
  if (authorization.trim() === '') return refusal('There is no Authorization header.');
  const scheme = /^\s*(\S+)/.exec(authorization)?.[1] ?? '';
  if (/^bearer$/i.test(scheme)) return refusal('After "Bearer" there must be one API key.');
  return refusal('The Authorization header does not begin with "Bearer".');
}

function refusal(what: string): DomainError {
  const message = `${what} Send a valid API key as "Authorization: Bearer br_…".`;
  return new DomainError('unauthenticated', 'API_KEY_INVALID', message);
}
