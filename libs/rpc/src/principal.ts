import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { assert } from '@billingrails/errors';
import type { ApiKeyId, OrganisationId } from '@billingrails/ids';
import type { PrincipalLimits } from './rates/rate-limits';

/** On whose behalf a call is made, and by which key. */
export interface Principal {
  readonly organisationId: OrganisationId;
  readonly keyId: ApiKeyId;
  /** 'service' keys belong to this product's own services and may name any organisation. */
  readonly kind: 'organisation' | 'service';
  /** What the key may do: the scopes it was made with and all that they include. */
  readonly scopes: ReadonlySet<Scope>;
  /** How much of what it may do a second. Unset: as much as there is. */
  readonly limits?: PrincipalLimits | undefined;
  /** The IP address of the connection; set by the server for handlers that its lean path does not answer. */
  readonly address?: string;
  /** What X-Forwarded-For said, at most 200 characters. Anybody may have said so. */
  readonly forwardedFor?: string;
}

/** A service key names the organisation it acts for in this header. */
export const ORGANISATION_HEADER = 'Billingrails-Organisation';

/** Set by the authentication interceptor before any handler runs. */
export const principalKey = createContextKey<Principal | undefined>(undefined, {
  description: 'principal',
});

/** Who calls. Every method but health and reflection has one. */
export function principalOf(context: Pick<HandlerContext, 'values'>): Principal {
  const principal = context.values.get(principalKey);
  assert(principal !== undefined, 'a handler runs after authentication');
  return principal;
}
