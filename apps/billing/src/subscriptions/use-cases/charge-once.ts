import type { ChargeId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import type { SubscriptionParts } from '../../service-parts';
import type { Fact } from '../domain/fact';
import { ended } from '../domain/refusals/missing';
import { existing } from './existing';
import { schedule } from './schedule';

/** An amount that is charged once, beside all fees. */
export interface OneOffCharge {
  readonly subscriptionId: string;
  readonly description: string;
  /** Below zero it is given back. */
  readonly amount: Decimal;
  /** On a bill of its own at once, or on the next one. */
  readonly billed: 'now' | 'next';
}

/** Adds a charge to a subscription that has begun and not ended. */
export async function chargeOnce(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, description, amount, billed }: OneOffCharge,
): Promise<{ chargeId: ChargeId }> {
  const { subscriptions, clocks, ids } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const present = await clocks.presentForSubscription(organisationId, read.accountId, session);
  const { nowMs } = present;
  if (nowMs < read.startMs || (read.endMs ?? Infinity) <= nowMs) throw ended();
  const fact: Fact = {
    kind: 'one_off',
    chargeId: ids.next('chg'),
    description,
    amount,
    billed,
    effectiveMs: nowMs,
    knownMs: nowMs,
  };
  const changed = { ...read, changes: [...read.changes, fact] };
  await subscriptions.addChanges(organisationId, read, changed, session);
  await schedule(parts, session, organisationId, changed, present);
  return { chargeId: fact.chargeId };
}
