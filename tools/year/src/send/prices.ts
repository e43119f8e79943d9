import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { History, PriceCorrectionBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { groupPricesOf, priceOf } from '../define/prices';
import type { Ids } from '../say';

/** Tells the platform of the prices that are corrected in a step, and rates again where the history says so. */
export async function correctPrices(
  clients: Clients,
  ids: Ids,
  { priceCorrections = [], reRates = [] }: History,
  step: number,
): Promise<void> {
  for (const [index, book] of priceCorrections.entries())
    if (book.step === step) await correctPrice(clients, ids, book, `price-${index}`);
  if (reRates.includes(step)) await steadily(() => rateAgain(clients));
}

async function correctPrice(
  { prices }: Clients,
  ids: Ids,
  {
    plan,
    fee,
    subscription,
    currency,
    model,
    terms,
    groupPrices = [],
    fromMs,
  }: PriceCorrectionBook,
  requestId: string,
): Promise<void> {
  const target =
    subscription === undefined
      ? { case: 'planId' as const, value: ids.plans.get(plan)?.planId ?? '' }
      : { case: 'subscriptionId' as const, value: ids.subscriptions.get(subscription) ?? '' };
  const correction = {
    feeId: ids.fees.get(fee) ?? '',
    price: priceOf(model, terms),
    groupPrices: groupPricesOf(groupPrices),
    effectiveTime: timestampFromMs(fromMs),
    currencyCode: currency ?? '',
  };
  await steadily(() => prices.correctPrice({ target, correction, requestId }));
}

/** All accounts take longer than one call may. */
const STREAM_MS = 600_000;

/** What was committed before a replica was killed is different no more: it goes on from there. */
async function rateAgain({ prices }: Clients): Promise<void> {
  let complete = false;
  for await (const answer of prices.reRate({ scope: {} }, { timeoutMs: STREAM_MS }))
    complete = answer.complete;
  if (!complete) throw new Error('The answer ended early.');
}
