import { hash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import {
  ProviderSilence,
  type Intent,
  type PaymentProvider,
  type ProviderDispute,
  type ProviderRefund,
  type Setup,
} from '../domain/payment-provider';
import { fromStripeAmount, takeable, toStripeAmount } from './stripe-amount';
import { stripeConfig } from './stripe-config';
import { meaningOf } from './stripe-errors';

export interface StripeOptions {
  /** Where its API is. */
  readonly url: string;
  /** After that a call has no answer. */
  readonly timeoutMs: number;
  /** Told of every call: what was asked, how it ended, and how long it took. */
  readonly onCall: (operation: string, outcome: string, seconds: number) => void;
}

/** Opens the account of a secret key. */
export type OpenProvider = (secretKey: string) => PaymentProvider;

/** Connections to the API at once, of all organisations together. */
const CONNECTIONS_MAX = 16;
const PAGE = 100;
/** A payment has a handful of refunds; more than this are not looked through. */
const LIST_MAX = 1_000;

/** Stripe as the provider. Connections are shared by all keys. */
export function stripeProviders({ url, timeoutMs, onCall }: StripeOptions): OpenProvider {
  const limits = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  const base = stripeConfig({ url, timeoutMs });
  const agent = base.protocol === 'http' ? new HttpAgent(limits) : new HttpsAgent(limits);
  const config = { ...base, httpClient: Stripe.createNodeHttpClient(agent) };
  return (secretKey) => {
    const stripe = new Stripe(secretKey, config);
    const asked = async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
      const startedAtMs = performance.now();
      const ended = (outcome: string): void =>
        onCall(operation, outcome, (performance.now() - startedAtMs) / 1_000);
      try {
        const answer = await call();
        ended('ok');
        return answer;
      } catch (error) {
        const meaning = meaningOf(error);
        ended(meaning instanceof ProviderSilence ? meaning.problem : 'refused');
        throw meaning;
      }
    };
    return providerOf(stripe, asked, isLive(secretKey));
  };
}

/** Keys say it themselves: `sk_test_…`, `rk_live_…`. */
export function isLive(secretKey: string): boolean {
  return !/^[a-z]+_test_/.test(secretKey);
}

type Asked = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

function providerOf(stripe: Stripe, asked: Asked, live: boolean): PaymentProvider {
  return {
    takeable,
    account: () =>
      asked('account', async () => ({
        id: (await stripe.accounts.retrieveCurrent()).id,
        isLive: live,
      })),
    createCustomer: ({ organisationId, accountId, name, email }) =>
      asked('create_customer', async () => {
        const customer = await stripe.customers.create(
          {
            ...(name !== '' && { name }),
            ...(email !== '' && { email }),
            metadata: { organisation_id: organisationId, account_id: accountId },
          },
          // Of another name or email it is another request.
          {
            idempotencyKey: hash(
              'sha256',
              JSON.stringify([organisationId, accountId, name, email]),
            ),
          },
        );
        return customer.id;
      }),
    hasCustomer: (customerId) =>
      asked('get_customer', async () => {
        const customer = await stripe.customers.retrieve(customerId).catch(noneIfMissing);
        return customer !== undefined && customer.deleted !== true;
      }),
    startSetup: (customer, key) =>
      asked('create_setup', async () => {
        const { id, client_secret: secret } = await stripe.setupIntents.create(
          { customer, usage: 'off_session', automatic_payment_methods: { enabled: true } },
          { idempotencyKey: key },
        );
        return { setupId: id, clientSecret: secret ?? '' };
      }),
    setup: (setupId) =>
      asked('get_setup', async () => setupOf(await stripe.setupIntents.retrieve(setupId))),
    prepare: (draft, turn) =>
      asked('prepare', async () => {
        const intent = await stripe.paymentIntents.create(
          {
            amount: toStripeAmount(draft.amount),
            currency: draft.amount.currencyCode.toLowerCase(),
            customer: draft.customerId,
            payment_method: draft.paymentMethodId,
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            description: draft.description,
            metadata: {
              organisation_id: draft.organisationId,
              account_id: draft.accountId,
              invoice_id: draft.invoiceId,
              payment_attempt_id: draft.attemptId,
            },
          },
          { idempotencyKey: `${draft.attemptId}/${turn}` },
        );
        return intent.id;
      }),
    take: (intentId, turn) =>
      asked('take', async () => {
        const options = { idempotencyKey: `${intentId}/take/${turn}` };
        return intentOf(
          await stripe.paymentIntents
            .confirm(intentId, { off_session: true }, options)
            .catch(refusedIntent),
        );
      }),
    intent: (intentId) =>
      asked('get_intent', async () => intentOf(await stripe.paymentIntents.retrieve(intentId))),
    cancel: (intentId, turn) =>
      asked('cancel', async () =>
        intentOf(
          await stripe.paymentIntents.cancel(
            intentId,
            {},
            { idempotencyKey: `${intentId}/cancel/${turn}` },
          ),
        ),
      ),
    refund: ({ refundId, intentId, amount }, turn) =>
      asked('refund', async () =>
        refundOf(
          await stripe.refunds.create(
            {
              payment_intent: intentId,
              amount: toStripeAmount(amount),
              metadata: { refund_id: refundId },
            },
            { idempotencyKey: `${refundId}/${turn}` },
          ),
        ),
      ),
    refunds: (intentId) =>
      asked('list_refunds', async () => {
        const list = stripe.refunds.list({ payment_intent: intentId, limit: PAGE });
        return (await list.autoPagingToArray({ limit: LIST_MAX })).map(refundOf);
      }),
    disputes: (intentId) =>
      asked('list_disputes', async () => {
        const list = stripe.disputes.list({ payment_intent: intentId, limit: PAGE });
        return (await list.autoPagingToArray({ limit: LIST_MAX })).map(disputeOf);
      }),
  };
}

/** A card that is refused is an error of the library, which holds what became of the intent. */
function refusedIntent(error: unknown): Stripe.PaymentIntent {
  if (error instanceof Stripe.errors.StripeError && error.statusCode === 402) {
    const { payment_intent: intent } = error;
    if (intent !== undefined) return intent;
  }
  throw error;
}

function noneIfMissing(error: unknown): undefined {
  if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined;
  throw error;
}

function setupOf({ customer, status, payment_method: method }: Stripe.SetupIntent): Setup {
  const states: Readonly<Record<string, Setup['state']>> = {
    succeeded: 'succeeded',
    canceled: 'canceled',
  };
  const paymentMethodId = idOf(method);
  return {
    customerId: idOf(customer) ?? '',
    state: states[status] ?? 'waiting',
    ...(paymentMethodId === undefined ? {} : { paymentMethodId }),
  };
}

const INTENT_STATES: Readonly<Record<string, Intent['state']>> = {
  requires_confirmation: 'ready',
  processing: 'processing',
  requires_payment_method: 'refused',
  requires_action: 'refused',
  canceled: 'canceled',
  succeeded: 'succeeded',
};

function intentOf(intent: Stripe.PaymentIntent): Intent {
  const { id, status, currency, amount_received: received, last_payment_error: error } = intent;
  const state = INTENT_STATES[status];
  // A word that is not known says nothing: it is asked again.
  if (state === undefined) throw new ProviderSilence('failing');
  const failure =
    error === null || error === undefined
      ? undefined
      : {
          code: error.decline_code ?? error.code ?? 'refused',
          message: (error.message ?? '').slice(0, TEXT_LENGTH_MAX),
        };
  return {
    ...{ id, state, received: fromStripeAmount(received, currency) },
    ...(failure === undefined ? {} : { failure }),
  };
}

const REFUND_STATES: Readonly<Record<string, ProviderRefund['state']>> = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
};

function refundOf(refund: Stripe.Refund): ProviderRefund {
  const { id, amount, currency, status, metadata, created, failure_reason: why } = refund;
  const refundId = metadata?.['refund_id'];
  return {
    ...{ id, amount: fromStripeAmount(amount, currency), createMs: created * 1_000 },
    state: REFUND_STATES[status ?? 'pending'] ?? 'pending',
    ...(refundId === undefined ? {} : { refundId }),
    ...(why === undefined ? {} : { failure: { code: why, message: '' } }),
  };
}

const ENDED_DISPUTES: Readonly<Record<string, ProviderDispute['state']>> = {
  won: 'won',
  // An inquiry that came to nothing, and a dispute that was settled before it was one.
  warning_closed: 'won',
  prevented: 'won',
  lost: 'lost',
};

function disputeOf(dispute: Stripe.Dispute): ProviderDispute {
  const { id, amount, currency, status, reason, created } = dispute;
  return {
    ...{ id, reason, amount: fromStripeAmount(amount, currency), createMs: created * 1_000 },
    state: ENDED_DISPUTES[status] ?? 'open',
  };
}

const TEXT_LENGTH_MAX = 500;

function idOf(value: string | { readonly id: string } | null | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.id;
}
