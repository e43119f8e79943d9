import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Money } from '@billingrails/money';

/** What is sent to take money once; the same however often it is sent. */
export interface IntentDraft {
  /** Found on what it made. */
  readonly attemptId: string;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly invoiceId: string;
  /** As it stands on statements of the provider. */
  readonly description: string;
  readonly amount: Money;
  readonly customerId: string;
  readonly paymentMethodId: string;
}

/** Why money was not taken, in the provider's own code, and in words for people. */
export interface PaymentFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * What the provider says of money that is to be taken:
 *
 * - ready: it waits for the word to take it;
 * - processing: it is under way, the outcome comes later;
 * - refused: it was not taken, but the customer might still complete it;
 * - canceled: it was not taken and never will be;
 * - succeeded: it was taken.
 */
export interface Intent {
  readonly id: string;
  readonly state: 'ready' | 'processing' | 'refused' | 'canceled' | 'succeeded';
  /** What was taken, where it succeeded. */
  readonly received: Money;
  readonly failure?: PaymentFailure;
}

/** Money that the provider pays back, whoever asked for it. */
export interface ProviderRefund {
  readonly id: string;
  /** The refund here that it was made for; unset where it was made elsewhere, such as on the provider's own pages. */
  readonly refundId?: string;
  readonly amount: Money;
  readonly state: 'pending' | 'succeeded' | 'failed';
  readonly failure?: PaymentFailure;
  readonly createMs: number;
}

/** A payment that the payer's bank wants back. */
export interface ProviderDispute {
  readonly id: string;
  readonly amount: Money;
  readonly state: 'open' | 'won' | 'lost';
  /** The provider's own word. */
  readonly reason: string;
  readonly createMs: number;
}

/** A way to pay that a customer has set up. */
export interface Setup {
  readonly customerId: string;
  readonly state: 'waiting' | 'canceled' | 'succeeded';
  /** Once it succeeded. */
  readonly paymentMethodId?: string;
}

/** Whose account at the provider a key opens. */
export interface ProviderAccount {
  readonly id: string;
  /** False: nothing there is real money. */
  readonly isLive: boolean;
}

/**
 * Who takes money from payers' cards and accounts. Every call may be made again. Those that change something are given
 * a turn: of one turn the first answer stays the answer, also a failure of the provider, so that whoever has seen it
 * fail and has asked what holds takes the next turn. Throws ProviderRefusal when the provider has said that it does not
 * do it, and ProviderSilence when it is not known whether it has done it.
 */
export interface PaymentProvider {
  account(): Promise<ProviderAccount>;
  /** Makes a customer for an account; its id. */
  createCustomer(customer: {
    readonly organisationId: OrganisationId;
    readonly accountId: AccountId;
    readonly name: string;
    readonly email: string;
  }): Promise<string>;
  hasCustomer(customerId: string): Promise<boolean>;
  /** Lets a customer set up a way to pay, on a page that shows the secret to the provider; `key` names the setup. */
  startSetup(
    customerId: string,
    key: string,
  ): Promise<{ readonly setupId: string; readonly clientSecret: string }>;
  setup(setupId: string): Promise<Setup>;
  /** Prepares taking money, which takes none; its id. */
  prepare(draft: IntentDraft, turn: number): Promise<string>;
  /** Takes it. What was taken is never taken again, however often this is called, in whatever turn. */
  take(intentId: string, turn: number): Promise<Intent>;
  intent(intentId: string): Promise<Intent>;
  /** Sees to it that it is never taken. Refused when it was taken or is under way. */
  cancel(intentId: string, turn: number): Promise<Intent>;
  /** Pays back. Done twice in two turns, it is paid back twice: first ask what there is. */
  refund(
    refund: { readonly refundId: string; readonly intentId: string; readonly amount: Money },
    turn: number,
  ): Promise<ProviderRefund>;
  refunds(intentId: string): Promise<ProviderRefund[]>;
  /** The newest first. */
  disputes(intentId: string): Promise<ProviderDispute[]>;
  /** What it takes at least to pay so much: some currencies are not taken to the last minor unit. */
  takeable(amount: Money): Money;
}

/** The provider has said no: nothing was done. */
export class ProviderRefusal extends Error {
  override readonly name = 'ProviderRefusal';
  constructor(readonly failure: PaymentFailure) {
    super(failure.message);
  }
}

/** Nobody knows what was done. `problem` is a word for lists and metrics. */
export class ProviderSilence extends Error {
  override readonly name = 'ProviderSilence';
  constructor(readonly problem: ProviderProblem) {
    super(`The payment provider gave no answer that says what was done: ${problem}`);
  }
}

export type ProviderProblem = 'no_answer' | 'busy' | 'key_refused' | 'failing';
