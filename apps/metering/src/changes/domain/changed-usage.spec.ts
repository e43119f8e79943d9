import type { AccountId, OrganisationId } from '@billingrails/ids';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/hours';
import { ChangedUsage, FRESH_MS, joinChanges } from './changed-usage';

const NOW_MS = Date.UTC(2026, 4, 10, 12);
const of = { organisationId: 'org_1' as OrganisationId, accountId: 'acct_1' as AccountId };

test('what is younger than fifty minutes, or dated ahead, is not told; what is older is', () => {
  const changed = new ChangedUsage(NOW_MS);
  changed.add(of, NOW_MS - FRESH_MS, NOW_MS);
  changed.add(of, NOW_MS + HOUR_MS);
  expect(changed.accounts).toEqual([]);
  changed.add(of, NOW_MS - FRESH_MS - 1, NOW_MS);
  const spans = [{ startMs: NOW_MS - FRESH_MS - 1, endMs: NOW_MS + 1 }];
  expect(changed.accounts).toEqual([{ ...of, spans }]);
});

test('an account has one span a UTC day, from its first changed instant to its last, in order', () => {
  const changed = new ChangedUsage(NOW_MS);
  const day = Date.UTC(2026, 3, 2);
  changed.add(of, day + HOUR_MS, day + 2 * HOUR_MS);
  changed.add(of, day - DAY_MS);
  changed.add(of, day + MINUTE_MS);
  changed.add({ ...of, accountId: 'acct_2' as AccountId }, day);
  expect(changed.accounts).toEqual([
    {
      ...of,
      spans: [
        { startMs: day - DAY_MS, endMs: day - DAY_MS + 1 },
        { startMs: day + MINUTE_MS, endMs: day + 2 * HOUR_MS + 1 },
      ],
    },
    { ...of, accountId: 'acct_2', spans: [{ startMs: day, endMs: day + 1 }] },
  ]);
});

test('changes told together are those of each account as one, and of very many days one span', () => {
  const at = (startMs: number) => ({ ...of, spans: [{ startMs, endMs: startMs + 1 }] });
  expect(joinChanges([at(5), at(3), at(5)])).toEqual([
    { ...of, spans: [{ startMs: 3, endMs: 6 }] },
  ]);
  const days = Array.from({ length: 400 }, (_, n) => at(n * DAY_MS));
  expect(joinChanges(days)).toEqual([{ ...of, spans: [{ startMs: 0, endMs: 399 * DAY_MS + 1 }] }]);
});
