/** How many a second. Unset: as many as there are. */
export interface RateLimits {
  readonly calls?: number | undefined;
  readonly bytes?: number | undefined;
  readonly events?: number | undefined;
}

/** What a key may do a second at one replica of a service, and what all keys of its organisation may together. */
export interface PrincipalLimits {
  readonly key: RateLimits;
  readonly organisation: RateLimits;
}

interface Own {
  readonly limits?: RateLimits | undefined;
  readonly organisationLimits?: RateLimits | undefined;
}

/** The limits that hold for a key: its own and its organisation's, each before what the service has for all. */
export function limitsOf(own: Own, defaults?: PrincipalLimits): PrincipalLimits | undefined {
  const { limits, organisationLimits } = own;
  if (limits === undefined && organisationLimits === undefined) return defaults;
  return {
    key: { ...defaults?.key, ...limits },
    organisation: { ...defaults?.organisation, ...organisationLimits },
  };
}
