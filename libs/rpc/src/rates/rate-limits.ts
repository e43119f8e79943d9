/** What is limited. */
export const LIMITED = ['calls', 'bytes', 'events'] as const;
export type Limited = (typeof LIMITED)[number];

/** How many of each a second. Unset: as many as there are. */
export type RateLimits = Readonly<Partial<Record<Limited, number | undefined>>>;

/** Whose limits: a call counts for its key and for the organisation of the key. */
export const LIMIT_OWNERS = ['key', 'organisation'] as const;
export type LimitOwner = (typeof LIMIT_OWNERS)[number];

/** What a key may do a second at one replica, and what all keys of its organisation may together. */
export type PrincipalLimits = Readonly<Record<LimitOwner, RateLimits>>;
