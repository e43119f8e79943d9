import { inTransaction, type Mongo } from '@billingrails/mongo';
import { DAY_MS, utcDayOf } from '@billingrails/time';
import type { Metering } from '../../usage/metering';
import { consumedByDay } from './consumption';
import { burnDown, spansOf } from '../domain/burn-down';
import { entriesToPost, movementsOf } from '../domain/credit-entry';
import type { CreditEntryStore } from '../store/credit-entries';
import type { CreditGrantStore } from '../store/credit-grants';
import type { CreditPool, CreditPoolStore } from '../store/credit-pools';
import type { CreditUnitStore } from '../store/credit-units';

/** What posting needs. */
export interface PostParts {
  readonly mongo: Mongo;
  readonly metering: Metering;
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditPools: CreditPoolStore;
  readonly creditEntries: CreditEntryStore;
}

/**
 * Posts what has moved on the days before an instant, a midnight of UTC: what is known now less what was posted. Does
 * nothing where the pool has changed since it was read; it is then still behind. Throws a DomainError of kind
 * unavailable when its usage cannot be read just now.
 */
export async function postEntries(
  parts: PostParts,
  pool: CreditPool,
  { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number },
  signal?: AbortSignal,
): Promise<void> {
  const { mongo, metering, creditUnits, creditGrants, creditPools, creditEntries } = parts;
  const { organisationId, accountId, creditUnitId } = pool;
  const [unit, grants, posted] = await Promise.all([
    creditUnits.find(organisationId, creditUnitId),
    creditGrants.ofAccount(organisationId, accountId, creditUnitId),
    creditEntries.list(pool, { afterSequence: 0 }),
  ]);
  if (unit === undefined) return;
  const spans = spansOf(grants, untilMs, midnightsOf(grants, untilMs));
  const consumer = { organisationId, accountId, waitForAcknowledged: true };
  const burning = await consumedByDay(metering, unit.rates, spans, {
    ...consumer,
    ...(signal === undefined ? {} : { signal }),
  });
  const moved = movementsOf(burnDown(grants, burning, unit.overage, untilMs), untilMs);
  const entries = entriesToPost(moved, posted, nowMs);
  await inTransaction(mongo, async (session) => {
    if (await creditPools.posted(pool, untilMs, session))
      await creditEntries.insert(pool, entries, session);
  });
}

function midnightsOf(grants: Parameters<typeof spansOf>[0], untilMs: number): number[] {
  const midnights: number[] = [];
  const firstMs = Math.min(...grants.map(({ effectiveMs }) => effectiveMs));
  for (let dayMs = utcDayOf(firstMs) + DAY_MS; dayMs < untilMs; dayMs += DAY_MS)
    midnights.push(dayMs);
  return midnights;
}
