import type { ClientSession, Db } from 'mongodb';
import { setUniqueHours } from '../../unique-values/store/unique-days';
import { replaceDays } from '../../usage/store/write-usage-days';
import { collectHours, type HoursScope } from '../../usage/use-cases/hours-scope';
import { settleAccount } from '../../usage/use-cases/settle-additions';
import {
  compareAll,
  compareSome,
  comparisonOf,
  type Comparison,
  type FoundDay,
} from './compare-hours';

/**
 * Compares hours as `compareHours` does, and replaces what differs by what the events come to, in the caller's
 * transaction: the one way by which usage becomes less. A transaction that counts an event of these hours at the
 * same time either lets it wait, as an addition that is not replaced, or writes the same buckets; then one of the two
 * is repeated.
 *
 * `buckets` names those it is about; undefined: all. It reads all events of the hours: the caller knows how many there
 * are.
 */
export async function rebuildHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  buckets?: ReadonlySet<string>,
): Promise<Comparison> {
  // What waits is of these events, too: it must not be added to what they come to.
  await settleAccount(db, session, scope.organisationId, scope.accountId);
  const { collected, eventCount } = await collectHours(db, session, scope);
  const found =
    buckets === undefined
      ? await compareAll(db, session, scope, collected)
      : await compareSome(db, session, scope, collected, buckets);
  await replaceFound(db, session, found);
  return comparisonOf(found, eventCount);
}

/** Replaces those buckets of an account that differ from what they must be. */
export async function replaceFound(
  db: Db,
  session: ClientSession,
  found: readonly FoundDay[],
): Promise<void> {
  const changed = found.filter(({ differences }) => differences.length > 0);
  const days = changed.map(({ day }) => day);
  await replaceDays(db, session, days);
  const unique = changed.filter(({ day }) => day.method === 'count_unique');
  const values = unique.map(({ day, hours, expected }) => ({
    key: day,
    hours: new Map(
      [...hours].map((hour) => [hour, expected.get(hour)?.values ?? NO_VALUES] as const),
    ),
  }));
  await setUniqueHours(db, session, values);
}

const NO_VALUES: ReadonlySet<string> = new Set();
