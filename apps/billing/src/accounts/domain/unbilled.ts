/** In the order they are told. */
export const UNBILLED_REASONS = [
  'unknown_account',
  'no_subscription',
  'subscription_ended',
] as const;

/** Why nobody is billed for an account's events. */
export type UnbilledReason = (typeof UNBILLED_REASONS)[number];

/** What is known of an account that events name. */
export interface Billing {
  /** Whether there is an account of that id. */
  readonly isKnown: boolean;
  /** When the last of its subscriptions ends: Infinity while one has no end, undefined where there is none. */
  readonly lastEndMs: number | undefined;
}

/** Why nobody is billed for an account whose last event happened at `lastEventMs`; undefined where somebody is. */
export function unbilledReason(
  { isKnown, lastEndMs }: Billing,
  lastEventMs: number,
): UnbilledReason | undefined {
  if (!isKnown) return 'unknown_account';
  if (lastEndMs === undefined) return 'no_subscription';
  return lastEndMs <= lastEventMs ? 'subscription_ended' : undefined;
}

/** Whether nobody may be billed for some of the account's events, whenever they happened. */
export function mayBeUnbilled({ isKnown, lastEndMs }: Billing): boolean {
  return !isKnown || lastEndMs !== Infinity;
}
