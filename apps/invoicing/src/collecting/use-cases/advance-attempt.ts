import { inTransaction } from '@billingrails/mongo';
import { backOffMs } from '@billingrails/waits';
import { isOpen, type PaymentAttempt } from '../domain/collection';
import {
  ProviderRefusal,
  ProviderSilence,
  type Intent,
  type PaymentFailure,
  type PaymentProvider,
} from '../domain/payment-provider';
import { followUp } from './follow-up';
import { openConnection, type CollectingParts } from './provider-of';
import { settleFailed, settleSucceeded } from './settle-attempt';

/** How long to wait before the same is asked again. */
const ASK_AGAIN = { firstMs: 2_000, maxMs: 3_600_000, factor: 3 };

/**
 * Goes on with an attempt as far as it goes now: what takes the money is prepared and kept before it is told to take
 * any, so that whatever happens in between, what became of it can be asked. Nobody else may do so at the same time for
 * nothing; if somebody does, it is taken once all the same, as there is one thing that takes it.
 */
export async function advanceAttempt(
  parts: CollectingParts,
  attempt: PaymentAttempt,
): Promise<void> {
  const { stores, nowMs } = parts;
  try {
    const provider = await providerOf(parts, attempt);
    if (isOpen(attempt)) await takeMoney(parts, provider, attempt);
    else await followUp(parts, provider, attempt);
  } catch (error) {
    if (!(error instanceof ProviderSilence)) throw error;
    const { problem } = error;
    const askMs = nowMs() + backOffMs(ASK_AGAIN, attempt.asks + 1);
    await stores.attempts.askLater({ ...attempt, problem }, askMs);
  }
}

/** Of the account that the attempt was sent to: another knows nothing of it. */
async function providerOf(
  parts: CollectingParts,
  { organisationId, sentTo }: PaymentAttempt,
): Promise<PaymentProvider> {
  const open = await openConnection(parts, organisationId);
  const isSame =
    open !== undefined &&
    open.connection.providerAccountId === sentTo?.providerAccountId &&
    open.connection.isLive === sentTo.isLive;
  if (!isSame) throw new ProviderSilence('key_refused');
  return open.provider;
}

async function takeMoney(
  { stores, nowMs }: CollectingParts,
  provider: PaymentProvider,
  attempt: PaymentAttempt,
): Promise<void> {
  const { attempts, mongo } = stores;
  const outcome = await outcomeOf(stores.attempts, provider, attempt);
  const presentMs = nowMs();
  await inTransaction(mongo, async (session) => {
    if ('code' in outcome) return settleFailed(stores, session, attempt, outcome);
    if (outcome.state === 'succeeded') {
      const { received, id: intentId } = outcome;
      return settleSucceeded(stores, session, attempt, { received, intentId }, presentMs);
    }
    const before = await attempts.find(attempt.organisationId, attempt.id, session);
    if (before === undefined || !isOpen(before)) return;
    const asks = before.asks + 1;
    const { problem: _problem, ...known } = before;
    const askMs = presentMs + backOffMs(ASK_AGAIN, asks);
    await attempts.replace({ ...known, state: 'processing', asks }, askMs, session);
  });
}

/** What became of it, for good or as long as the provider takes. */
async function outcomeOf(
  attempts: CollectingParts['stores']['attempts'],
  provider: PaymentProvider,
  attempt: PaymentAttempt,
): Promise<Intent | PaymentFailure> {
  // What failed in one turn fails for ever in it.
  const turn = attempt.asks;
  let intent: Intent;
  let failure: PaymentFailure | undefined;
  const noteRefusal = (error: unknown): void => {
    if (!(error instanceof ProviderRefusal)) throw error;
    failure ??= error.failure;
  };

  const intentId = attempt.intentId ?? (await prepared().catch(noteRefusal));
  // Refused before there was anything that could take money.
  if (intentId === undefined) return failure ?? CANCELED;
  intent = await provider.intent(intentId);
  if (intent.state === 'ready') {
    await provider.take(intentId, turn).catch(noteRefusal);
    intent = await provider.intent(intentId);
  }
  if (intent.state === 'refused' || intent.state === 'ready') {
    failure ??= intent.failure;
    // The customer must not be able to complete it later, when another attempt is made.
    await provider.cancel(intentId, turn).catch(noteRefusal);
    intent = await provider.intent(intentId);
  }
  if (intent.state === 'canceled') return failure ?? intent.failure ?? CANCELED;
  if (intent.state === 'ready' || intent.state === 'refused') throw new ProviderSilence('failing');
  return intent;

  /** Kept before it is told to take anything. */
  async function prepared(): Promise<string | undefined> {
    const { sentTo } = attempt;
    if (sentTo === undefined) return undefined;
    const { organisationId, accountId, invoiceId, amount, invoiceNumber: description } = attempt;
    const { customerId, paymentMethodId } = sentTo;
    const draft = {
      ...{ attemptId: attempt.id, organisationId, accountId, invoiceId, description, amount },
      ...{ customerId, paymentMethodId },
    };
    const made = await provider.prepare(draft, turn);
    if (await attempts.keepIntent(attempt, made)) return made;
    return (await attempts.find(organisationId, attempt.id))?.intentId;
  }
}

const CANCELED: PaymentFailure = { code: 'canceled', message: 'It was canceled at Stripe.' };
