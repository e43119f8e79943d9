import type { AccountId, OrganisationId, PlanId, SubscriptionId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { MONTHLY, type CycleAnchor } from '@billingrails/time';
import { BSON } from 'mongodb';
import { NOT_BILLED, type Subscription } from '../domain/subscription';
import { subscriptionFromDoc, subscriptionToDoc, type SubscriptionDoc } from './subscription-doc';

const fresh: Subscription = {
  id: 'sub_1' as SubscriptionId,
  accountId: 'acct_1' as AccountId,
  planId: 'plan_1' as PlanId,
  planVersion: 1,
  startMs: 1_700_000_000_001,
  timeZone: 'Asia/Tokyo',
  currencyCode: 'JPY',
  cycleRule: MONTHLY,
  firstProration: 'day',
  quantity: decimal('2.5'),
  changes: [],
  fees: [],
  cycle: 0,
  createMs: 1_700_000_000_002,
  billed: NOT_BILLED,
};

const anchor: CycleAnchor = { kind: 'instant', ms: -1 };
const ended: Subscription = {
  ...fresh,
  cycleRule: { ...MONTHLY, anchor },
  changes: [{ kind: 'cancelled', proration: 'none', effectiveMs: 5, knownMs: 4 }],
  endMs: 5,
  cancelMs: 4,
  billed: { untilMs: 3, changes: 1, bills: 2 },
};

test.each([
  ['new', fresh],
  ['ended', ended],
])('a subscription that is %s is read from the database as it was written', (_, subscription) => {
  const doc = BSON.serialize(subscriptionToDoc('org_1' as OrganisationId, subscription));
  expect(subscriptionFromDoc(BSON.deserialize(doc) as SubscriptionDoc)).toEqual(subscription);
});
