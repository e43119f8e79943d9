import { allScopes } from '@billingrails/access';
import { DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Principal } from '@billingrails/rpc';

/** The key that the tests' billing shows to the tests' metering. */
export const SERVICE_KEY = 'service-key-of-the-tests';

/** Lets billing in, on behalf of the organisation it names. */
export function serviceAuthenticator(
  bearer: string,
  organisationHeader: string | undefined,
): Principal {
  if (bearer !== SERVICE_KEY || organisationHeader === undefined) throw unauthenticated();
  return {
    organisationId: organisationHeader as OrganisationId,
    keyId: 'key_service',
    kind: 'service',
    scopes: allScopes(['internal']),
  };
}

/** Lets each organisation in by a key that is its id. */
export function organisationAuthenticator(bearer: string): Principal {
  if (!bearer.startsWith('org_')) throw unauthenticated();
  return {
    organisationId: bearer as OrganisationId,
    keyId: 'key_1',
    kind: 'organisation',
    scopes: allScopes(['internal']),
  };
}

const unauthenticated = () =>
  new DomainError('unauthenticated', 'API_KEY_INVALID', 'The key is not known.');
