import type {
  AccountId,
  BillingPeriodId,
  FeeId,
  InvoiceId,
  LineId,
  MeterId,
  OrganisationId,
  SubscriptionId,
} from '@billingrails/ids';
import type { Decimal, Money } from '@billingrails/money';
import { groupKey, type Group, type RatedStep } from '@billingrails/rating';
import type { Period } from '@billingrails/time';

/** What an account owes for one billing period, before it has a number. */
export interface DraftInvoice {
  /** Derived from the organisation and the billing period: there is one invoice for each. */
  readonly id: InvoiceId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** The account's name when the period closed. */
  readonly accountName: string;
  readonly subscriptionId: SubscriptionId;
  /** The plan's name when the period closed. */
  readonly planName: string;
  readonly billingPeriodId: BillingPeriodId;
  readonly period: Period;
  /** IANA name of the zone that the period's months were counted in. */
  readonly timeZone: string;
  readonly lines: readonly InvoiceLine[];
  /** The sum of the lines' rounded amounts. */
  readonly total: Money;
  /** When the period was closed, by the organisation's clock: the date on the invoice. */
  readonly issueMs: number;
  readonly status: 'draft';
}

/** A numbered invoice. Nothing in it ever changes. */
export interface FinalizedInvoice extends Omit<DraftInvoice, 'status'> {
  readonly status: 'finalized';
  /** `INV-000001`: gapless in the organisation, in the order of finalization. */
  readonly number: string;
  /** When it was numbered, by the server's clock. */
  readonly finalizeMs: number;
}

export type Invoice = DraftInvoice | FinalizedInvoice;

/** One charge, rounded, with all that it was computed from. */
export interface InvoiceLine {
  /** Derived from the invoice, the fee and the group. */
  readonly id: LineId;
  readonly feeId: FeeId;
  /** The fee's name, with the group behind it. */
  readonly description: string;
  /** 1 for a flat price. */
  readonly quantity: Decimal;
  /** What one unit is called; may be empty. */
  readonly unit: string;
  /** The sum of the steps' amounts, in major units. */
  readonly exactAmount: Decimal;
  /** `exactAmount` rounded half away from zero: the only rounding there is. */
  readonly amount: Money;
  /** The arithmetic: their amounts sum to `exactAmount`, their quantities to `quantity`. */
  readonly steps: readonly RatedStep[];
  /** Whose usage was priced. Unset where all groups were priced together. */
  readonly group?: Group;
  /** Unset for a flat price. */
  readonly usage?: LineUsage;
}

/** The usage that a line prices. */
export interface LineUsage {
  readonly meterId: MeterId;
  /** The code of the meter's profile. */
  readonly profile: string;
  readonly period: Period;
  /** How many events the quantity was made of. */
  readonly eventCount: bigint;
  /** The newest version of the profile that it was counted by. Unset where that was not kept. */
  readonly profileVersion?: number;
  /** The first version of the profile with the group_by paths that the group's values are of. */
  readonly groupVersion?: number;
}

/** Tells apart what one fee charges: a group's values, and which paths these are of. */
export function chargedGroupKey({ group, usage }: Pick<InvoiceLine, 'group' | 'usage'>): string[] {
  if (group === undefined) return [];
  const version = usage?.groupVersion ?? 0;
  return version > 1 ? [groupKey(group), String(version)] : [groupKey(group)];
}
