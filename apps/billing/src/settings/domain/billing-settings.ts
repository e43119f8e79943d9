import type { UsageThresholds } from '../../catalogue/domain/usage-thresholds';

/** Where usage is billed that has changed after its cycle was closed. */
export type AdjustmentBilling = 'next_bill' | 'own_bill';

/** How bills are made. */
export interface BillingSettings {
  /** How long usage may still arrive after its cycle has ended; 1 hour to 30 days. */
  readonly graceMs: number;
  readonly adjustmentBilling: AdjustmentBilling;
  /** What usage may come to before it is billed, in the place of what its plan says. Only a subscription says it. */
  readonly usageThresholds?: UsageThresholds;
}

/** What an organisation, an account or a subscription says of it. Unset: as the next wider one says. */
export type OwnSettings = Partial<BillingSettings>;

/** Whose settings. */
export type SettingsOwner =
  | { readonly kind: 'organisation' }
  | { readonly kind: 'account' | 'subscription'; readonly id: string };

/** The longest grace: no closer moment than so long before it can come of other settings. */
export const GRACE_MAX_MS = 30 * 86_400_000;

/** What holds, of settings from the narrowest to the widest. */
export function effectiveSettings(
  narrowestFirst: readonly (OwnSettings | undefined)[],
  graceMs: number,
): BillingSettings {
  const widestFirst = narrowestFirst.flatMap((own) => own ?? []).reverse();
  return Object.assign({ graceMs, adjustmentBilling: 'next_bill' }, ...widestFirst);
}
