import { inTransaction, type Mongo } from '@billingrails/mongo';
import { DAY_MS, utcDayOf } from '@billingrails/time';
import type { Metering } from '../../usage/metering';
import { consumedByDay } from './consumption';
import { burnDown, NOTHING_USED, spansOf } from '../domain/burn-down';
import { entriesToPost, movementsOf } from '../domain/credit-entry';
import type { CreditEntryStore } from '../store/credit-entries';
import type { CreditGrantStore } from '../store/credit-grants';
import type { CreditPool, CreditPoolStore } from '../store/credit-pools';
import type { CreditStateStore } from '../store/credit-states';
import type { CreditUnitStore } from '../store/credit-units';

/** What posting needs. */
export interface PostParts {
  readonly mongo: Mongo;
  readonly metering: Metering;
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditPools: CreditPoolStore;
  readonly creditEntries: CreditEntryStore;
  readonly creditStates: CreditStateStore;
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
  const { mongo, metering, creditUnits, creditGrants, creditPools } = parts;
  const { creditEntries, creditStates } = parts;
  const { organisationId, accountId, creditUnitId } = pool;
  const [unit, grants, from = NOTHING_USED, last] = await Promise.all([
    creditUnits.find(organisationId, creditUnitId),
    creditGrants.ofAccount(organisationId, accountId, creditUnitId),
    creditStates.latest(pool, pool.postedMs),
    creditEntries.last(pool),
  ]);
  if (unit === undefined) return;
  const fromMs = from.atMs;
  const posted = await (fromMs === -Infinity
    ? creditEntries.list(pool, { afterSequence: 0 })
    : creditEntries.since(pool, fromMs));
  const midnights = midnightsOf(grants, fromMs, untilMs);
  const burning = await consumedByDay(
    metering,
    unit.rates,
    spansOf(grants, untilMs, midnights, fromMs),
    {
      ...{ organisationId, accountId, waitForAcknowledged: true },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const burned = burnDown(grants, burning, unit.overage, untilMs, from);
  const entries = entriesToPost(movementsOf(burned, untilMs, fromMs), posted, nowMs, last);
  await inTransaction(mongo, async (session) => {
    if (!(await creditPools.posted(pool, untilMs, session))) return;
    await creditEntries.insert(pool, entries, session);
    await creditStates.replace(pool, from, burned.state, session);
  });
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
