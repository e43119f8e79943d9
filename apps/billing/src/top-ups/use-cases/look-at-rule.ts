import { derivedId, derivedIdAt, type OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { addToOutbox, inTransaction } from '@billingrails/mongo';
import { DAY_MS } from '@billingrails/time';
import type { ClientSession } from 'mongodb';
import { creditGrantChanged } from '../../credits/contract/credit-grant-changed';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import { creditBalance } from '../../credits/use-cases/credit-balance';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { chargeOnce } from '../../subscriptions/use-cases/charge-once';
import { topUpCreated } from '../contract/top-up';
import { decideTopUp, type Purchase } from '../domain/decide-top-up';
import type { TopUp } from '../domain/top-up';
import { pauseAt, type TopUpRule } from '../domain/top-up-rule';

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
  if (pauseAt(rule, nowMs) !== undefined) return false;
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
      await buy(parts, session, organisationId, { rule, available, decided, nowMs, isTest });
      await keep({ ...active, month, count: rule.count + 1 });
      return true;
    }
  }
}

function hasEnded(subscription: Subscription | undefined, nowMs: number): boolean {
  return subscription === undefined || (subscription.endMs ?? Infinity) <= nowMs;
}

/** A charge on a bill of its own at once, and a paid grant. */
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
): Promise<void> {
  const { mongo, clocks, creditGrants, creditPools, topUps } = parts;
  const { rule, available, decided, nowMs, isTest } = bought;
  const { id: ruleId, subscriptionId, accountId, creditUnitId, terms } = rule;
  const { amount, price } = decided;
  const { description, expiryDays, priority } = terms;
  const number = rule.count + 1;
  const { chargeId } = await chargeOnce(parts, session, organisationId, {
    ...{ subscriptionId, description, amount: price, billed: 'now' },
  });
  const topUpId = derivedId('tup', ruleId, `${number}`);
  const grant: CreditGrant = {
    id: derivedIdAt('cgr', nowMs, ruleId, `${number}`),
    ...{ accountId, creditUnitId, amount, category: 'paid', priority, topUpId },
    ...{ memo: description, effectiveMs: nowMs, createMs: nowMs },
    ...(expiryDays === undefined ? {} : { expiryMs: nowMs + expiryDays * DAY_MS }),
  };
  await creditGrants.insert(organisationId, grant, session);
  await creditPools.setBack({ organisationId, accountId, creditUnitId }, nowMs, session);
  const topUp: TopUp = {
    ...{ id: topUpId, ruleId, number, ms: nowMs, available, amount, price, chargeId },
    creditGrantId: grant.id,
  };
  await topUps.insert(organisationId, topUp, session);
  const of = { isTest, createMs: clocks.realMs() };
  const granted = { type: 'credit_grant.created', grant, occurMs: nowMs, ...of } as const;
  await addToOutbox(
    mongo.db,
    session,
    topUpCreated(organisationId, topUp, { accountId, ...of }),
    creditGrantChanged(organisationId, granted),
  );
}
