import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import { MaxKey, MinKey, type Db, type Document, type Filter } from 'mongodb';

/** What was a test account. */
export interface DeletedAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** Its subscriptions. */
  readonly subscriptionIds: readonly SubscriptionId[];
}

/** Where documents lie that were made of an account, each with the filters that find them, by an index each. */
export const TRACES: Readonly<Record<string, (of: DeletedAccount) => object[]>> = {
  bills: (of) =>
    keySpans(
      of,
      ({ organisationId }, subscriptionId) => ({ organisationId, subscriptionId }),
      'number',
    ),
  ledger: ({ organisationId, subscriptionIds }) => [
    { '_id.organisationId': organisationId, subscriptionId: { $in: subscriptionIds } },
  ],
  usage_marks: bySubscription,
  missed_changes: bySubscription,
  entitlements: byGrantee,
  recurring_credit_grants: byGrantee,
  credit_due: (of) => [...byAccount(of), ...bySubscription(of)],
  holds: (of) => [spanOf(accountKey(of), 'featureId')],
  reservations: byAccount,
  credit_grants: byAccount,
  credit_uses: byAccount,
  credit_pools: ({ organisationId, accountId }) => [
    { '_id.organisationId': organisationId, '_id.accountId': accountId },
  ],
  credit_states: (of) => [spanOf(accountKey(of), 'creditUnitId')],
  credit_entries: (of) => [spanOf(accountKey(of), 'creditUnitId')],
  top_up_rules: byAccount,
  alerts: byAccount,
  alert_events: byAccount,
  alert_states: ({ organisationId, accountId }) => [
    { '_id.organisationId': organisationId, '_id.accountId': accountId },
  ],
  billing_settings: ({ organisationId, accountId, subscriptionIds }) => [
    { _id: { organisationId, kind: 'account', id: accountId } },
    { _id: { $in: subscriptionIds.map((id) => ({ organisationId, kind: 'subscription', id })) } },
  ],
};

/** Deletes all that was made of an account but itself, its subscriptions and its clock. Doing it again goes on. */
export async function deleteTraces(db: Db, of: DeletedAccount): Promise<void> {
  await deleteTopUps(db, of);
  for (const [collection, filtersOf] of Object.entries(TRACES))
    for (const filter of filtersOf(of))
      await db.collection(collection).deleteMany(filter as Filter<Document>);
}

/** What the account's rules have bought, by these, which are deleted later. */
async function deleteTopUps(db: Db, { organisationId, accountId }: DeletedAccount): Promise<void> {
  const rules = db.collection<{ _id: { id: string } }>('top_up_rules');
  const own = { '_id.organisationId': organisationId, accountId } as Filter<{
    _id: { id: string };
  }>;
  for (const { _id } of await rules.find(own, { projection: { _id: 1 } }).toArray()) {
    const bought = spanOf({ organisationId, topUpRuleId: _id.id }, 'number');
    await db.collection('top_ups').deleteMany(bought as unknown as Filter<Document>);
  }
}

function byAccount({ organisationId, accountId }: DeletedAccount) {
  return [{ '_id.organisationId': organisationId, accountId }];
}

function byGrantee({ organisationId, accountId, subscriptionIds }: DeletedAccount) {
  return [
    { '_id.organisationId': organisationId, granteeId: accountId, granteeKind: 'account' },
    {
      '_id.organisationId': organisationId,
      granteeId: { $in: subscriptionIds },
      granteeKind: 'subscription',
    },
  ];
}

function bySubscription({ organisationId, subscriptionIds }: DeletedAccount) {
  return [{ _id: { $in: subscriptionIds.map((id) => ({ organisationId, id })) } }];
}

function accountKey({ organisationId, accountId }: DeletedAccount) {
  return { organisationId, accountId };
}

function keySpans(
  of: DeletedAccount,
  keyOf: (of: DeletedAccount, subscriptionId: SubscriptionId) => object,
  last: string,
) {
  return of.subscriptionIds.map((id) => spanOf(keyOf(of, id), last));
}

/** All keys that begin with these fields, of which `last` is the next. */
function spanOf(key: object, last: string) {
  return { _id: { $gt: { ...key, [last]: new MinKey() }, $lt: { ...key, [last]: new MaxKey() } } };
}
