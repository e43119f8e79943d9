import type { AccountId, OrganisationId, ProfileId } from '@billingrails/ids';
import { groupOfValues } from '../../domain/group';
import type { UsageEvent } from '../../events/domain/event';
import type { Profile } from '../../meters/domain/profile';
import { outcomeTextOf, previewOf } from './preview';

const period = { startMs: 0, endMs: 3_600_000 };
const profile: Profile = {
  id: 'mpf_1' as ProfileId,
  number: 0,
  code: 'seconds',
  version: 1,
  name: 'Seconds',
  method: 'sum',
  property: 'seconds',
  filters: [{ property: ['kind'], operator: 'eq', values: ['local'] }],
  recurring: false,
  timeWindow: 'none',
  groupBy: [],
  createTimeMs: 0,
};

function event(accountId: string, properties: object, index = 0): UsageEvent {
  return {
    id: `org_1/${index}`,
    organisationId: 'org_1' as OrganisationId,
    accountId: accountId as AccountId,
    eventName: 'Call ended',
    key: `${index}`,
    timestampMs: index,
    timestampAssigned: false,
    receiveTimeMs: 0,
    properties: Buffer.from(JSON.stringify(properties)),
  };
}

describe('a preview', () => {
  const call = (seconds: unknown) => ({ kind: 'local', seconds });

  test('counts what each event would come to, and the usage of each account', () => {
    const events = [
      event('acct_2', call('0.2'), 1),
      event('acct_2', call(0.1), 2),
      event('acct_1', call(5), 3),
      event('acct_1', { kind: 'abroad', seconds: 7 }, 4),
      event('acct_3', call('five'), 5),
    ];
    const preview = previewOf(profile, period, events);
    expect(preview).toMatchObject({
      eventCount: 5,
      countedCount: 3,
      filteredOutCount: 1,
      unusableCount: 1,
    });
    expect(preview.usage).toEqual([
      { accountId: 'acct_1', ...period, value: '5', eventCount: 1 },
      { accountId: 'acct_2', ...period, value: '0.3', eventCount: 2 },
    ]);
    const outcomes = preview.samples.map(({ evaluation }) => outcomeTextOf(evaluation));
    expect(outcomes).toEqual(['counted', 'counted', 'counted', 'filtered_out', 'not_a_number']);
  });

  test('counts distinct values, group by group', () => {
    const unique: Profile = {
      ...profile,
      method: 'count_unique',
      property: 'user',
      filters: [],
      groupBy: ['region'],
    };
    const events = [
      event('acct_1', { user: 'a', region: 'eu' }, 1),
      event('acct_1', { user: 'b', region: 'eu' }, 2),
      event('acct_1', { user: 'a', region: 'eu' }, 3),
      event('acct_1', { user: 'a' }, 4),
    ];
    const { usage } = previewOf(unique, period, events);
    const rows = usage.map(({ named, value, eventCount }) => [named?.group, value, eventCount]);
    expect(rows).toEqual([
      [groupOfValues(['eu']), '2', 3],
      [groupOfValues([null]), '1', 1],
    ]);
  });

  test('shows at most 100 rows, and of each outcome at most five events', () => {
    const counted = Array.from({ length: 101 }, (_, n) => event(`acct_${n}`, call(1), n));
    const others = Array.from({ length: 6 }, (_, n) => event('acct_0', call(null), n));
    const { usage, samples } = previewOf(profile, period, [...counted, ...others]);
    expect(usage).toHaveLength(100);
    expect(samples.map(({ evaluation }) => outcomeTextOf(evaluation))).toEqual([
      ...Array(5).fill('counted'),
      ...Array(5).fill('missing'),
    ]);
  });
});
