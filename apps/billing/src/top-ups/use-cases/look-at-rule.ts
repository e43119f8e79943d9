import { derivedId, type OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { addToOutbox, inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { payerIdOf } from '../../accounts/use-cases/payer-id';
import { billAlone } from '../../bills/use-cases/bill-alone';
import { creditBalance } from '../../credits/use-cases/credit-balance';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { topUpCreated } from '../contract/top-up';
import { decideTopUp, type Purchase } from '../domain/decide-top-up';
import type { Granting, TopUp } from '../domain/top-up';
import { pauseAt, type TopUpRule } from '../domain/top-up-rule';
import { boughtGrantId, grantBought } from './grant-bought';

/**
 * Looks at what is left of a rule's credits, and buys when it is too little. True: it has bought. The rule is read
 * before the balance and bought for only where it is still the same, in one transaction with the charge and the grant:
 * so whoever looks at the same time, with a balance that lacks the grant, buys nothing. Throws a DomainError of kind
 * unavailable when the usage cannot be read just now.
 */
export async function lookAtRule(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  ruleId: TopUpRule['id'],
  signal: AbortSignal,
): Promise<boolean> {
  const { mongo, clocks, topUpRules } = parts;
  const rule = await topUpRules.find(organisationId, ruleId);
  if (rule === undefined) return false;
  const { nowMs } = await clocks.presentOf(organisationId, rule.accountId);
  if (pauseAt(rule, nowMs) !== undefined || rule.waitingId !== undefined) return false;
  const { accountId, creditUnitId, terms, version } = rule;
  const question = { accountId, creditUnitId, consistencyToken: '', signal };
  const { available } = await creditBalance(parts, organisationId, question);
  if (!available.lt(terms.threshold) && rule.pause === undefined) return false;
  return inTransaction(mongo, async (session) => {
    const now = await topUpRules.find(organisationId, ruleId, session);
    if (now?.version !== version) return false;
    return decideIn(parts, session, organisationId, now, available);
  });
}

async function decideIn(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  rule: TopUpRule,
  available: Decimal,
): Promise<boolean> {
  const { clocks, subscriptions, topUpRules } = parts;
  const { nowMs } = await clocks.fencedPresent(organisationId, rule.accountId, session);
  const subscription = await subscriptions.find(organisationId, rule.subscriptionId, session);
  const { pause: _, ...active } = rule;
  const keep = (changed: TopUpRule) =>
    topUpRules.replace(organisationId, { ...changed, version: rule.version + 1 }, session);
  if (hasEnded(subscription, nowMs)) {
    await keep({ ...active, pause: { reason: 'subscription_ended' } });
    return false;
  }
  // What cannot be charged yet is bought once it can.
  if (subscription === undefined || nowMs < subscription.startMs) return false;
  if (!(await paysBy(parts, session, organisationId, rule, subscription))) {
    await keep({ ...active, pause: { reason: 'not_payer' } });
    return false;
  }
  const decided = decideTopUp(rule, available, nowMs);
  switch (decided.kind) {
    case 'none':
      if (rule.pause !== undefined) await keep(active);
      return false;
    case 'pause':
      await keep({ ...active, pause: decided.pause });
      return false;
    case 'buy': {
      const { month } = decided;
      const isTest = subscription.accountClock ?? false;
      const bought = { rule, available, decided, nowMs, isTest };
      const { id, granting } = await buy(parts, session, organisationId, bought);
      const waits = granting.kind === 'waiting' ? { waitingId: id } : {};
      await keep({ ...active, ...waits, month, count: rule.count + 1 });
      return true;
    }
  }
}

/** Whether what the rule buys is of use to its account: money pays the invoices of who owes them alone. */
async function paysBy(
  { accounts, creditUnits }: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { accountId, creditUnitId }: TopUpRule,
  subscription: Subscription,
): Promise<boolean> {
  const unit = await creditUnits.find(organisationId, creditUnitId, session);
  if (unit?.currencyCode === undefined) return true;
  return (await payerIdOf(accounts, organisationId, subscription.accountId, session)) === accountId;
}

function hasEnded(subscription: Subscription | undefined, nowMs: number): boolean {
  return subscription === undefined || (subscription.endMs ?? Infinity) <= nowMs;
}

/** A charge on a bill of its own, and a paid grant, at once or when that is paid. */
async function buy(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  bought: {
    readonly rule: TopUpRule;
    readonly available: Decimal;
    readonly decided: Purchase;
    readonly nowMs: number;
    readonly isTest: boolean;
  },
): Promise<TopUp> {
  const { mongo, clocks, creditUnits, topUps } = parts;
  const { rule, available, decided, nowMs, isTest } = bought;
  const { id: ruleId, subscriptionId, accountId, creditUnitId, terms } = rule;
  const { amount, price } = decided;
  const { description } = terms;
  const unit = await creditUnits.find(organisationId, creditUnitId, session);
  const number = rule.count + 1;
  const billed = await billAlone(parts, session, organisationId, {
    ...{ subscriptionId, description, amount: price },
    buysCredits: unit?.currencyCode !== undefined,
  });
  const id = derivedId('tup', ruleId, `${number}`);
  const granting: Granting =
    terms.whenPaid === true
      ? { kind: 'waiting' }
      : { kind: 'granted', creditGrantId: boughtGrantId({ ruleId, number }, nowMs) };
  const bill = { number, ms: nowMs, available, amount, price, ...billed };
  const topUp: TopUp = { id, ruleId, granting, ...bill };
  await topUps.insert(organisationId, topUp, session);
  const of = { isTest, createMs: clocks.realMs() };
  await addToOutbox(mongo.db, session, topUpCreated(organisationId, topUp, { accountId, ...of }));
  if (granting.kind === 'granted')
    await grantBought(parts, session, organisationId, { rule, topUp, amount, nowMs, isTest });
  return topUp;
}
