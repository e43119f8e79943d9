import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import { DAY_MS, utcDayOf } from '@billingrails/time';
import type { ClientSession } from 'mongodb';
import type { AccountStore } from '../../accounts/store/accounts';
import type { ClockStore } from '../../clocks/store/clocks';
import type { Metering } from '../../usage/metering';
import { creditGrantChanged } from '../contract/credit-grant-changed';
import { consumedByDay } from './consumption';
import {
  burnDown,
  NOTHING_USED,
  spansOf,
  type CreditBalance,
  type CreditState,
} from '../domain/burn-down';
import { entriesToPost, movementsOf } from '../domain/credit-entry';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditUnit } from '../domain/credit-unit';
import { grantsGone, type GrantGone } from '../domain/grants-gone';
import { moneyBalance } from '../domain/money/money-balance';
import type { CreditEntryStore } from '../store/credit-entries';
import type { CreditGrantStore } from '../store/credit-grants';
import type { CreditPool, CreditPoolStore } from '../store/credit-pools';
import type { CreditStateStore } from '../store/credit-states';
import type { CreditUnitStore } from '../store/credit-units';
import type { CreditUseStore } from '../store/credit-uses';

/** What posting needs. */
export interface PostParts {
  readonly mongo: Mongo;
  readonly metering: Metering;
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditPools: CreditPoolStore;
  readonly creditEntries: CreditEntryStore;
  readonly creditStates: CreditStateStore;
  readonly creditUses: CreditUseStore;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly clocks: Pick<ClockStore, 'realMs'>;
}

/**
 * Posts what has moved on the days before an instant, a midnight of UTC: what is known now less what was posted. Only
 * days are counted whose usage or grants may have changed since they were posted, from what had been left before them.
 * Does nothing where the pool has changed since it was read; it is then still behind. Throws a DomainError of kind
 * unavailable when its usage cannot be read just now.
 */
export async function postEntries(
  parts: PostParts,
  pool: CreditPool,
  { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number },
  signal?: AbortSignal,
): Promise<void> {
  const { mongo, creditUnits, creditGrants, creditPools } = parts;
  const { creditEntries, creditStates } = parts;
  const { organisationId, accountId, creditUnitId } = pool;
  const [unit, grants, kept, last] = await Promise.all([
    creditUnits.find(organisationId, creditUnitId),
    creditGrants.ofAccount(organisationId, accountId, creditUnitId),
    creditStates.latest(pool, pool.postedMs),
    creditEntries.last(pool),
  ]);
  if (unit === undefined) return;
  const from = unit.currencyCode === undefined && kept !== undefined ? kept : NOTHING_USED;
  const fromMs = from.atMs;
  const posted = await (fromMs === -Infinity
    ? creditEntries.list(pool, { afterSequence: 0 })
    : creditEntries.since(pool, fromMs));
  const byUsage =
    unit.currencyCode === undefined
      ? await usedUp(parts, unit, grants, { ...pool, from, untilMs, signal })
      : undefined;
  const burned = byUsage ?? (await spent(parts, pool, grants, untilMs));
  const entries = entriesToPost(movementsOf(burned, untilMs, fromMs), posted, nowMs, last);
  const gone = grantsGone(burned.grants, entries, posted);
  await inTransaction(mongo, async (session) => {
    if (!(await creditPools.posted(pool, untilMs, session))) return;
    await creditEntries.insert(pool, entries, session);
    if (gone.length > 0) await tellGone(parts, session, pool, gone);
    if (byUsage !== undefined) await creditStates.replace(pool, from, byUsage.state, session);
  });
}

/** Tells of grants of which nothing is left, in the transaction that posts it. */
async function tellGone(
  { mongo, accounts, clocks }: PostParts,
  session: ClientSession,
  { organisationId, accountId }: CreditPool,
  gone: readonly GrantGone[],
): Promise<void> {
  const account = await accounts.find(organisationId, accountId, session);
  const when = { isTest: account?.isTest ?? false, createMs: clocks.realMs() };
  const messages = gone.map(({ grant, how, ms: occurMs, sequence }) =>
    creditGrantChanged(organisationId, {
      ...{ type: `credit_grant.${how}`, grant, occasion: `${sequence}`, occurMs, ...when },
    }),
  );
  await addToOutbox(mongo.db, session, ...messages);
}

/** What usage has made of the grants. */
async function usedUp(
  { metering }: Pick<PostParts, 'metering'>,
  { rates, overage }: CreditUnit,
  grants: readonly CreditGrant[],
  { organisationId, accountId, from, untilMs, signal }: Counted,
): Promise<CreditBalance> {
  const midnights = midnightsOf(grants, from.atMs, untilMs);
  const burning = await consumedByDay(
    metering,
    rates,
    spansOf(grants, untilMs, midnights, from.atMs),
    {
      ...{ organisationId, accountId, waitForAcknowledged: true },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return burnDown(grants, burning, overage, untilMs, from);
}

/** What bills and invoices have made of grants in money. */
async function spent(
  { creditUses }: Pick<PostParts, 'creditUses'>,
  { organisationId, accountId, creditUnitId }: CreditPool,
  grants: readonly CreditGrant[],
  untilMs: number,
): Promise<Omit<CreditBalance, 'state'>> {
  const uses = await creditUses.ofAccounts(organisationId, [accountId], creditUnitId);
  return moneyBalance(grants, uses, untilMs - 1);
}

/** Whose usage is counted, from what on and until when. */
interface Counted extends Pick<CreditPool, 'organisationId' | 'accountId'> {
  readonly from: CreditState;
  readonly untilMs: number;
  readonly signal: AbortSignal | undefined;
}

function midnightsOf(
  grants: Parameters<typeof spansOf>[0],
  fromMs: number,
  untilMs: number,
): number[] {
  const midnights: number[] = [];
  const firstMs = Math.max(fromMs, Math.min(...grants.map(({ effectiveMs }) => effectiveMs)));
  for (let dayMs = utcDayOf(firstMs) + DAY_MS; dayMs < untilMs; dayMs += DAY_MS)
    midnights.push(dayMs);
  return midnights;
}
