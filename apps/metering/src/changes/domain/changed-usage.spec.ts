import type { AccountId, OrganisationId } from '@billingrails/ids';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/hours';
import { CountedUsage } from './counted-usage';
import { ChangedUsage, FRESH_MS, joinChanges } from './changed-usage';

const NOW_MS = Date.UTC(2026, 4, 10, 12);
const of = { organisationId: 'org_1' as OrganisationId, accountId: 'acct_1' as AccountId };
const events = { ...of, eventName: 'song' };

test('what is younger than fifty minutes, or dated ahead, is not told; what is older is', () => {
  const changed = new ChangedUsage(NOW_MS, new CountedUsage());
  changed.add(events, NOW_MS - FRESH_MS, NOW_MS);
  changed.add(events, NOW_MS + HOUR_MS);
  expect(changed.accounts).toEqual([]);
  changed.add(events, NOW_MS - FRESH_MS - 1, NOW_MS);
  const spans = [{ startMs: NOW_MS - FRESH_MS - 1, endMs: NOW_MS + 1 }];
  expect(changed.accounts).toEqual([{ ...of, spans }]);
});

test('an account has one span a UTC day, from its first changed instant to its last, in order', () => {
  const changed = new ChangedUsage(NOW_MS, new CountedUsage());
  const day = Date.UTC(2026, 3, 2);
  changed.add(events, day + HOUR_MS, day + 2 * HOUR_MS);
  changed.add(events, day - DAY_MS);
  changed.add(events, day + MINUTE_MS);
  changed.add({ ...events, accountId: 'acct_2' as AccountId }, day);
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

test('whose events were counted is known of each age, account and name once, and of no more than there is room for', () => {
  const counted = new CountedUsage();
  const changed = new ChangedUsage(NOW_MS, counted);
  changed.add(events, NOW_MS);
  changed.add(events, NOW_MS - DAY_MS);
  changed.add({ ...events, eventName: 'video' }, NOW_MS);
  const accountIds = new Set(['acct_1']);
  const expected = ['song', 'video'].map((eventName) => ({
    ...{ organisationId: 'org_1', eventName, accountIds },
  }));
  expect([...counted.accounts()]).toEqual(expected);
  const few = new CountedUsage(1);
  few.addAll(counted);
  expect([...few.accounts()].flatMap((each) => [...each.accountIds])).toEqual(['acct_1']);
});
