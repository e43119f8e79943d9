import type { AccountId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { inSnapshot } from '../src/store/snapshot';
import { startHarness, type Harness } from '../src/testing/harness';
import { IdSet } from '../src/unique-values/domain/id-set';
import { addUniqueValues, readUniqueIds } from '../src/unique-values/store/unique-days';
import { ORGANISATION } from './events';

/**
 * Measures how long the distinct values of a month take to be counted, of one account:
 * `npx tsx bench/unique.ts [values] [days each value is seen on] [hours of these days]`.
 */
const [, , VALUES = '1000000', DAYS_SEEN = '1', HOURS_SEEN = '1'] = process.argv;
const DAYS = 30;
const VALUES_PER_CHUNK = 10_000;
const QUERIES = 21;
const ACCOUNT_ID = 'acct_1' as AccountId;
const NO_QUANTITY = { quantity: undefined, origin: undefined, held: undefined };

async function main(): Promise<void> {
  const harness = await startHarness();
  const startMs = performance.now();
  for (let from = 0; from < Number(VALUES); from += VALUES_PER_CHUNK) await fill(harness, from);
  const filledMs = performance.now() - startMs;
  const tookMs: number[] = [];
  let size = 0;
  for (let query = 0; query < QUERIES; query += 1) {
    const queryMs = performance.now();
    size = await countMonth(harness);
    tookMs.push(performance.now() - queryMs);
  }
  tookMs.sort((a, b) => a - b);
  const [p50, p99] = [tookMs[Math.floor(QUERIES / 2)], tookMs.at(-1)].map((ms) => ms?.toFixed(1));
  const line = { name: 'unique, month', values: size, filledSeconds: filledMs / 1000, p50, p99 };
  process.stdout.write(`${JSON.stringify({ ...line, unit: 'ms' })}\n`);
  await harness.close();
}

/** A chunk of values, each seen on its own days, in its own hours. */
async function fill({ mongo }: Harness, from: number): Promise<void> {
  const seen = new Map<number, Map<number, Set<string>>>();
  for (let n = from; n < Math.min(from + VALUES_PER_CHUNK, Number(VALUES)); n += 1) {
    for (let at = 0; at < Number(DAYS_SEEN) * Number(HOURS_SEEN); at += 1) {
      const day = (Math.floor((n * DAYS) / Number(VALUES)) + (at % Number(DAYS_SEEN))) % DAYS;
      const hour = (n + Math.floor(at / Number(DAYS_SEEN))) % 24;
      const hours = seen.get(day) ?? new Map<number, Set<string>>();
      seen.set(day, hours.set(hour, (hours.get(hour) ?? new Set()).add(`s:user-${n}`)));
    }
  }
  const days = [...seen].map(([day, hours]) => ({
    ...{
      organisationId: ORGANISATION as `org_${string}`,
      accountId: ACCOUNT_ID,
      profile: 1,
      group: '',
      day,
    },
    method: 'count_unique' as const,
    total: { ...NO_QUANTITY, eventCount: 0, values: undefined },
    hours: new Map(
      [...hours].map(([hour, values]) => [
        hour,
        { ...NO_QUANTITY, eventCount: values.size, values },
      ]),
    ),
  }));
  await inTransaction(mongo, (session) => addUniqueValues(mongo.db, session, days));
}

function countMonth({ mongo }: Harness): Promise<number> {
  return inSnapshot(mongo, async (db, session) => {
    const scope = {
      organisationId: ORGANISATION as `org_${string}`,
      accountIds: [ACCOUNT_ID],
      profile: 1,
    };
    const month = new IdSet();
    const needs = { totals: { fromDay: 0, toDay: DAYS }, hourDays: [] };
    for await (const { ids } of readUniqueIds(db, session, scope, needs)) month.or(ids);
    return month.size;
  });
}

void main();
