import { assert } from '@billingrails/errors';
import type { AccountId, OrganisationId, RecurringCreditGrantId } from '@billingrails/ids';
import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { AccountStore } from '../../accounts/store/accounts';
import type { ClockStore } from '../../clocks/store/clocks';
import { creditGrantChanged } from '../../credits/contract/credit-grant-changed';
import type { CreditGrantStore } from '../../credits/store/credit-grants';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import type { CreditPoolStore } from '../../credits/store/credit-pools';
import type { CreditUnitStore } from '../../credits/store/credit-units';
import { markGranted } from '../../credits/use-cases/mark-granted';
import type { MarkStore } from '../../late/store/marks';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { planIdsOf } from '../../subscriptions/store/subscription-doc';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { grantedToAccount, grantedToSubscription, type Granting } from '../domain/instances';
import type { CreditDue, CreditDueStore } from '../store/credit-due';
import type { RecurringGrantStore } from '../store/recurring-grants';

/** What granting needs. */
export interface GrantDueParts {
  readonly mongo: Mongo;
  readonly accounts: Pick<AccountStore, 'findMany'>;
  readonly clocks: Pick<ClockStore, 'realMs'>;
  readonly subscriptions: SubscriptionStore;
  readonly marks: MarkStore;
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditPools: CreditPoolStore;
  readonly recurringGrants: RecurringGrantStore;
  readonly creditDue: CreditDueStore;
}

/** The most that is looked at together. */
const PAGE = 500;

/** When it is, and of whom; of everybody where no account is named. */
interface DueQuestion {
  readonly nowMs: number;
  readonly accountId?: AccountId;
  /** Of nobody of these, who live by clocks of their own. Unset: of all others. */
  readonly except?: readonly AccountId[];
  readonly signal?: AbortSignal;
}

/**
 * Grants all credits of an organisation that recur and have fallen due. Each grant's id follows from what it is for, so
 * whoever does it again, or at the same time, makes none twice.
 */
export async function grantDue(
  parts: GrantDueParts,
  organisationId: OrganisationId,
  { nowMs, accountId, except, signal }: DueQuestion,
): Promise<void> {
  const page = {
    limit: PAGE,
    ...(accountId === undefined ? {} : { accountId }),
    ...(except === undefined || except.length === 0 ? {} : { except }),
  };
  const isOver = () => signal?.aborted === true;
  while (!isOver()) {
    const dues = await parts.creditDue.due(organisationId, nowMs, page);
    if (dues.length === 0) return;
    if (await forgetAll(parts, organisationId, nowMs, page)) continue;
    for (const { id } of dues) {
      if (isOver()) return;
      await inTransaction(parts.mongo, async (session) => {
        const due = await parts.creditDue.find(organisationId, id, session);
        if (due !== undefined && due.atMs <= nowMs)
          await grantOne(parts, session, organisationId, due, nowMs);
      });
    }
  }
}

/** Where an organisation has no recurring grants nothing is due of what is. True: so it was. */
async function forgetAll(
  { mongo, recurringGrants, creditDue }: GrantDueParts,
  organisationId: OrganisationId,
  nowMs: number,
  page: Parameters<CreditDueStore['due']>[2],
): Promise<boolean> {
  return inTransaction(mongo, async (session) => {
    if (await recurringGrants.haveAny(organisationId, session)) return false;
    // Whoever wakes one of them meanwhile collides with this.
    const dues = await creditDue.due(organisationId, nowMs, page, session);
    await creditDue.remove(organisationId, dues, session);
    return true;
  });
}

async function grantOne(
  parts: GrantDueParts,
  session: ClientSession,
  organisationId: OrganisationId,
  due: CreditDue,
  nowMs: number,
): Promise<void> {
  const span = { fromMs: due.atMs, nowMs };
  const subscription = await parts.subscriptions.find(organisationId, due.id, session);
  if (subscription !== undefined) {
    const all = await recurringOf(parts, session, organisationId, subscription);
    await grant(
      parts,
      session,
      organisationId,
      due,
      grantedToSubscription(all, subscription, span),
    );
    return;
  }
  const recurring = await parts.recurringGrants.find(organisationId, due.id, session);
  assert(recurring !== undefined, 'something is due of a subscription or of a recurring grant');
  const { grantee } = recurring;
  switch (grantee.kind) {
    case 'account': {
      const granting = grantedToAccount(recurring, grantee.accountId, span);
      return grant(parts, session, organisationId, due, granting);
    }
    case 'plan':
      return wakeSubscribers(parts, session, organisationId, { due, planId: grantee.planId });
    case 'subscription':
      return parts.creditDue.set(organisationId, due.id, undefined, session);
  }
}

/** Those to the subscription, and to any plan that it had or will have. */
function recurringOf(
  { recurringGrants }: GrantDueParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscription: Subscription,
) {
  const grantees = [subscription.id, ...planIdsOf(subscription)];
  return recurringGrants.ofGrantees(organisationId, grantees, session);
}

async function grant(
  parts: GrantDueParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { id }: CreditDue,
  { grants, nextMs }: Granting,
): Promise<void> {
  const { creditGrants, creditPools, creditUnits, creditDue } = parts;
  const added = await creditGrants.addMissing(organisationId, grants, session);
  const firstOf = new Map<string, (typeof added)[number]>();
  for (const granted of added) {
    const first = firstOf.get(granted.creditUnitId);
    if (first === undefined || granted.effectiveMs < first.effectiveMs)
      firstOf.set(granted.creditUnitId, granted);
  }
  const late = [...firstOf.values()].filter((each) => each.effectiveMs < each.createMs);
  for (const granted of late) {
    const unit = await creditUnits.find(organisationId, granted.creditUnitId, session);
    assert(unit !== undefined, 'what is granted has its unit');
    await markGranted(parts, session, organisationId, unit, granted);
  }
  for (const { accountId, creditUnitId, effectiveMs } of firstOf.values()) {
    const pool = { organisationId, accountId, creditUnitId };
    await creditPools.setBack(pool, effectiveMs, session);
  }
  await tellGranted(parts, session, organisationId, added);
  const next = nextMs === undefined ? undefined : { atMs: nextMs };
  await creditDue.set(organisationId, id, next, session);
}

async function tellGranted(
  { mongo, accounts, clocks }: GrantDueParts,
  session: ClientSession,
  organisationId: OrganisationId,
  grants: readonly CreditGrant[],
): Promise<void> {
  if (grants.length === 0) return;
  const accountIds = [...new Set(grants.map(({ accountId }) => accountId))];
  const owners = await accounts.findMany(organisationId, accountIds, session);
  const messages = grants.map((grant) => {
    const isTest = owners.get(grant.accountId)?.isTest ?? false;
    const when = { isTest, occurMs: grant.effectiveMs, createMs: clocks.realMs() };
    return creditGrantChanged(organisationId, { type: 'credit_grant.created', grant, ...when });
  });
  await addToOutbox(mongo.db, session, ...messages);
}

/** Lets be looked at a page of the subscriptions that ever had the plan, or will have it. */
async function wakeSubscribers(
  { subscriptions, recurringGrants, creditDue }: GrantDueParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { due, planId: planIds }: { readonly due: CreditDue; readonly planId: string },
): Promise<void> {
  const recurring = await recurringGrants.find(organisationId, due.id, session);
  assert(recurring !== undefined, 'it was there');
  const slice = { afterId: due.afterId ?? '', limit: PAGE };
  const page = await subscriptions.list(organisationId, slice, { planIds });
  await creditDue.wake(
    organisationId,
    page.map(({ id, accountId, startMs }) => {
      return { id, accountId, atMs: Math.max(startMs, recurring.startMs) };
    }),
    session,
  );
  const afterId = page.at(-1)?.id;
  const next =
    afterId === undefined || page.length < PAGE ? undefined : { atMs: due.atMs, afterId };
  await creditDue.set(organisationId, due.id, next, session);
}

/** Lets a recurring grant be looked at from the beginning; of a subscription that itself. */
export async function wakeRecurring(
  { creditDue, subscriptions }: Pick<GrantDueParts, 'creditDue' | 'subscriptions'>,
  session: ClientSession,
  organisationId: OrganisationId,
  recurring: {
    readonly id: RecurringCreditGrantId;
    readonly grantee: Parameters<typeof grantedToAccount>[0]['grantee'];
    readonly startMs: number;
    readonly createMs: number;
  },
): Promise<void> {
  const { id, grantee, startMs, createMs } = recurring;
  switch (grantee.kind) {
    case 'account': {
      const { accountId } = grantee;
      return creditDue.wake(organisationId, [{ id, accountId, atMs: startMs }], session);
    }
    case 'plan':
      return creditDue.wake(organisationId, [{ id, atMs: createMs }], session);
    case 'subscription': {
      const found = await subscriptions.find(organisationId, grantee.subscriptionId, session);
      assert(found !== undefined, 'the grantee was found');
      const due = { id: found.id, accountId: found.accountId, atMs: startMs };
      return creditDue.wake(organisationId, [due], session);
    }
  }
}
