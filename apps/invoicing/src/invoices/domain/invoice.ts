import type {
  AccountId,
  BillId,
  ChargeId,
  CreditGrantId,
  CreditUnitId,
  FeeId,
  InvoiceId,
  LineId,
  MeterId,
  OrganisationId,
  PlanId,
  ProductId,
  SubscriptionId,
} from '@billingrails/ids';
import { sumMoney, type Decimal, type Money } from '@billingrails/money';
import type { CycleShare, Group, RatedStep } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { Assessment } from '../../totals/domain/assessment';
import type { InvoiceHold, InvoiceTerms } from './invoice-terms';

/** What an account owes by one bill, or by several that fell due together, before it has a number. */
export interface DraftInvoice {
  /** Derived from the organisation and the bills: each bill is on one invoice. */
  readonly id: InvoiceId;
  readonly organisationId: OrganisationId;
  /** Who owes it: the sections' account, or the one that pays for them. */
  readonly accountId: AccountId;
  /** The account's name when the bills were made. */
  readonly accountName: string;
  /** One for each bill; at least one. */
  readonly sections: readonly InvoiceSection[];
  /** The sum of the lines' rounded amounts, less discounts, with taxes. */
  readonly total: Money;
  /** What prepaid credits pay of it; none before they are applied. */
  readonly credits: readonly InvoiceCredit[];
  /** Whether it is for credits that are bought: no prepaid credits pay it. */
  readonly buysCredits?: true;
  /** How the lines lead to the total. Unset: they sum to it, as nothing was let off or taxed. */
  readonly assessment?: Assessment;
  /** When it fell due, by the organisation's clock: the date on the invoice. */
  readonly issueMs: number;
  /** When it was put together from its bills, by the server's clock. Unset on those from before this was kept. */
  readonly createMs?: number;
  readonly terms: InvoiceTerms;
  /** The void invoice that it is issued anew for. */
  readonly replacesInvoiceId?: InvoiceId;
  /** What it waits for. Unset: nothing. */
  readonly hold?: InvoiceHold;
  /** Whether it is of a test account: nobody owes it. Unset: it is not. */
  readonly isTest?: true;
  readonly status: 'draft';
}

/** What a grant of prepaid credits pays of an invoice. */
export interface InvoiceCredit {
  readonly creditGrantId: CreditGrantId;
  /** The grant's memo. May be empty. */
  readonly memo: string;
  /** Above 0. */
  readonly amount: Money;
}

/** What an invoice asks for one bill, or by lines that were written by hand. */
export interface InvoiceSection {
  /** Whose subscription it is. */
  readonly accountId: AccountId;
  /** The account's name when the bill was made. */
  readonly accountName: string;
  /** Unset where it was written by hand, as the bill. */
  readonly subscriptionId?: SubscriptionId;
  /** The plan's name when the bill was made. Empty where it was written by hand. */
  readonly planName: string;
  readonly billId?: BillId;
  readonly period: Period;
  /** IANA name of the zone that the period's months were counted in. */
  readonly timeZone: string;
  readonly lines: readonly InvoiceLine[];
  /** The sum of its lines' rounded amounts. */
  readonly total: Money;
}

/** A numbered invoice. Nothing in it ever changes: what is paid of it since says its receivable. */
export interface FinalizedInvoice extends Omit<DraftInvoice, 'status' | 'hold'> {
  readonly status: 'finalized';
  /** `INV-000001`: gapless in its series, in the order of finalization. */
  readonly number: string;
  /** What the account's balance took of the total; below 0 where more was owed from before. */
  readonly balanceApplied: Money;
  /** When it was numbered, by the server's clock. */
  readonly finalizeMs: number;
}

export type Invoice = DraftInvoice | FinalizedInvoice;

/** All lines, in the order of the sections. */
export function linesOf({ sections }: Pick<Invoice, 'sections'>): InvoiceLine[] {
  return sections.flatMap(({ lines }) => lines);
}

/** What the lines of a product come to. */
export interface ProductTotal {
  readonly product: LineProduct;
  readonly amount: Money;
}

/** What lines of products come to, by product, in the order in which these first stand on it. */
export function productTotalsOf(invoice: Pick<Invoice, 'sections' | 'total'>): ProductTotal[] {
  const { currencyCode } = invoice.total;
  const totals = new Map<string, ProductTotal>();
  for (const { product, amount } of linesOf(invoice)) {
    if (product === undefined) continue;
    const before = totals.get(product.id)?.amount.minorUnits ?? 0n;
    const minorUnits = before + amount.minorUnits;
    totals.set(product.id, { product, amount: { currencyCode, minorUnits } });
  }
  return [...totals.values()];
}

/** What prepaid credits pay of it, all together. */
export function creditsAppliedOf({ credits, total }: Pick<Invoice, 'credits' | 'total'>): Money {
  return sumMoney(
    credits.map(({ amount }) => amount),
    total.currencyCode,
  );
}

/** What is left to be paid. Of a draft, the account's balance has taken nothing yet. */
export function amountDueOf(
  invoice: Pick<Invoice, 'credits' | 'total'> & { readonly balanceApplied?: Money },
): Money {
  const { currencyCode, minorUnits } = invoice.total;
  const applied = creditsAppliedOf(invoice).minorUnits + (invoice.balanceApplied?.minorUnits ?? 0n);
  return { currencyCode, minorUnits: minorUnits - applied };
}

/** The zone that the invoice's dates are of. */
export function timeZoneOf({ sections }: Pick<Invoice, 'sections'>): string {
  return sections[0]?.timeZone ?? 'UTC';
}

/** From the earliest start of a section to the latest end. */
export function periodOf({ sections }: Pick<Invoice, 'sections'>): Period {
  return {
    startMs: Math.min(...sections.map(({ period }) => period.startMs)),
    endMs: Math.max(...sections.map(({ period }) => period.endMs)),
  };
}

/** What a line is for. */
export type LineKind =
  | 'usage'
  | 'recurring'
  | 'one_off'
  | 'adjustment'
  | 'commitment'
  | 'discount'
  | 'promotional_credit';

/** Why there is a line, where it is not the plain course of a cycle. */
export type LineReason =
  | 'late_usage'
  | 'voided_usage'
  | 'changed_usage'
  | 'plan_changed'
  | 'quantity_changed'
  | 'add_on_changed'
  | 'fee_changed'
  | 'discount_changed'
  | 'cancelled'
  | 'paused'
  | 'resumed'
  | 'trial_ended'
  | 'price_corrected'
  | 'threshold_reached'
  | 'billed_in_part';

/** A part of what a charge comes to, with all that it was computed from. */
export interface InvoiceLine {
  /** Derived from the invoice and the bill's line. */
  readonly id: LineId;
  /** The identity of what is charged: the same on every invoice that charges or corrects it. */
  readonly chargeId: ChargeId;
  readonly kind: LineKind;
  readonly reason?: LineReason;
  /** Of a discount that of what it is taken off. Unset for an amount by hand, a commitment and a promotional credit. */
  readonly feeId?: FeeId;
  /**
   * The plan or add-on that has the fee; where none has, the bill's plan. Unset where it was written by hand, and on
   * lines from before this was kept.
   */
  readonly planId?: PlanId;
  /** What the fee is of. Unset: of no product. */
  readonly product?: LineProduct;
  /** What kind of supply it is, where that was said of the line itself. */
  readonly taxCategory?: string;
  /** The fee's name, with the group behind it. */
  readonly description: string;
  /** What it is for; of usage, what was counted. */
  readonly period: Period;
  /** 1 where nothing is counted. */
  readonly quantity: Decimal;
  /** What one unit is called; may be empty. */
  readonly unit: string;
  /** The arithmetic: their quantities sum to `quantity`. */
  readonly steps: readonly RatedStep[];
  /** The part of a whole cycle's price that the line is for. Unset: all of it. */
  readonly share?: CycleShare;
  /** Whether the steps, or their share, are given back. */
  readonly credited: boolean;
  /** What earlier invoices charged for the same usage. */
  readonly billedAmount: Decimal;
  /** In major units: the steps, of them the share, negated where it is credited, less `billedAmount`. */
  readonly exactAmount: Decimal;
  /** Less than a minor unit from `exactAmount`: what a charge comes to on all its lines is rounded, not each line. */
  readonly amount: Money;
  /** The bill that an adjustment corrects. */
  readonly correctsBillId?: BillId;
  /** Of a promotional credit alone: the grant, and the charge that it is taken off. */
  readonly credit?: LineCredit;
  /** Whose usage was priced. Unset where all groups were priced together. */
  readonly group?: Group;
  /** Unset where no usage was priced. */
  readonly usage?: LineUsage;
}

/** A product, and its name when the bill was made. */
export interface LineProduct {
  readonly id: ProductId;
  readonly name: string;
}

/** Which credits a line takes off what. */
export interface LineCredit {
  readonly creditGrantId: CreditGrantId;
  readonly coveredChargeId: ChargeId;
}

/** The usage that a line prices. */
export interface LineUsage {
  /** Or of a unit of credits, whose overage is priced. */
  readonly meterId: MeterId | CreditUnitId;
  /** The code of the meter's profile. */
  readonly profile: string;
  /** How many events the quantity was made of. */
  readonly eventCount: bigint;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
  /** The first version of the profile with the group_by paths that the group's values are of. */
  readonly groupVersion?: number;
}
