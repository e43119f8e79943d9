import { assert } from '@billingrails/errors';
import type {
  AccountId,
  InvoiceId,
  OrganisationId,
  PaymentAttemptId,
  PaymentId,
} from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import { DAY_MS } from '@billingrails/time';
import {
  amountDueOf,
  type DraftInvoice,
  type FinalizedInvoice,
} from '../../invoices/domain/invoice';
import type { InvoicingSettings } from '../../settings/domain/invoicing-settings';
import type { PaymentFailure, ProviderProblem } from './payment-provider';

/**
 * - due: the next attempt is made at `nextMs`;
 * - attempting: one is under way;
 * - ended: nothing is open, or somebody decided that no more is collected;
 * - exhausted: the last attempt failed.
 */
export type CollectionState = 'due' | 'attempting' | 'ended' | 'exhausted';

/** How one finalized invoice is collected, by itself. */
export interface Collection {
  readonly invoiceId: InvoiceId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly invoiceNumber: string;
  readonly state: CollectionState;
  /** A test account's, which is never asked for real money. */
  readonly isTest?: true;
  /** Set by a call to collect it, which holds for the next attempt whatever was decided before. */
  readonly byHand?: true;
  /** Attempts so far. */
  readonly attempts: number;
  /** When the next attempt is made, by the organisation's clock; set while it is due. */
  readonly nextMs?: number;
}

/**
 * - started: it is not known whether money was taken; it is asked;
 * - processing: the provider takes it, the outcome comes later;
 * - succeeded, failed: for good.
 */
export type AttemptState = 'started' | 'processing' | 'succeeded' | 'failed';

/** One attempt to take what an invoice asks for. */
export interface PaymentAttempt {
  readonly id: PaymentAttemptId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly invoiceId: InvoiceId;
  readonly invoiceNumber: string;
  /** Its place among those of the invoice, from 1. */
  readonly number: number;
  /** What the provider is asked to take. */
  readonly amount: Money;
  readonly state: AttemptState;
  /** When it fell due, by the organisation's clock. */
  readonly dueMs: number;
  /** By the server's clock. */
  readonly createMs: number;
  /** Whose account at the provider, and what of it; unset where the attempt failed before it was sent. */
  readonly sentTo?: SentTo;
  /** What takes the money, once that is known. */
  readonly intentId?: string;
  readonly failure?: PaymentFailure;
  /** Once it succeeded. */
  readonly paymentId?: PaymentId;
  /** Why the provider could not be asked when it last was. */
  readonly problem?: ProviderProblem;
  /** How often the provider was asked since something was heard. */
  readonly asks: number;
  /** Rises with everything that is heard of it: who has asked before that asks again. */
  readonly heard: number;
}

export interface SentTo {
  readonly providerAccountId: string;
  readonly isLive: boolean;
  readonly customerId: string;
  readonly paymentMethodId: string;
}

/**
 * The collection of an invoice that was just finalized, where the settings say so and anything is due. It is due when
 * the draft could be finalized first, so that by a test clock, too, it has its day.
 */
export function collectionsOf(
  invoice: FinalizedInvoice,
  { hold }: Pick<DraftInvoice, 'hold'>,
  { collectionMethod }: Pick<InvoicingSettings, 'collectionMethod'>,
): Collection[] {
  if (collectionMethod !== 'charge_automatically' || amountDueOf(invoice).minorUnits <= 0n)
    return [];
  return [dueCollection(invoice, hold?.kind === 'grace' ? hold.untilMs : invoice.issueMs)];
}

/** The collection of an invoice that is to be collected from then on. */
export function dueCollection(
  invoice: {
    readonly id: InvoiceId;
    readonly organisationId: OrganisationId;
    readonly accountId: AccountId;
    readonly number: string;
    readonly isTest?: boolean;
  },
  nextMs: number,
  attempts = 0,
): Collection {
  const { id: invoiceId, organisationId, accountId, number: invoiceNumber } = invoice;
  const owner = { invoiceId, organisationId, accountId, invoiceNumber };
  const test = invoice.isTest === true ? { isTest: true as const } : {};
  return { ...owner, ...test, state: 'due', attempts, nextMs };
}

export function attempting({
  nextMs: _next,
  byHand: _hand,
  ...collection
}: Collection): Collection {
  assert(collection.state === 'due', 'an attempt is made when it is due');
  return { ...collection, state: 'attempting', attempts: collection.attempts + 1 };
}

export function ended({ nextMs: _next, byHand: _hand, ...collection }: Collection): Collection {
  return { ...collection, state: 'ended' };
}

/**
 * What follows an attempt that failed at `fromMs`, the `attempts`-th of the invoice: the next so many days later, or
 * none any more.
 */
export function afterFailure(
  { nextMs: _next, ...collection }: Collection,
  { retryDays }: Pick<InvoicingSettings, 'retryDays'>,
  fromMs: number,
): Collection {
  const days = retryDays[collection.attempts - 1];
  if (days === undefined) return { ...collection, state: 'exhausted' };
  return { ...collection, state: 'due', nextMs: fromMs + days * DAY_MS };
}

/** Whether the provider is still to be heard of it. */
export function isOpen({ state }: Pick<PaymentAttempt, 'state'>): boolean {
  return state === 'started' || state === 'processing';
}
