import { DomainError } from '@billingrails/errors';
import type { MeterId, OrganisationId, ProfileId } from '@billingrails/ids';
import {
  addProfile,
  allVersionsOf,
  changeMeter,
  checkAccountMapping,
  profileOf,
  reviseProfile,
  versionsOf,
  withoutProfiles,
  type Meter,
} from './meter';
import { createMeter, readAddedProfile, readMeter, type MeterDraft } from './meter-draft';
import type { Profile } from './profile';
import type { ProfileDraft } from './profile-draft';

const count: ProfileDraft = {
  code: 'calls',
  name: 'Calls',
  method: 'count',
  property: '',
  filters: [],
  filter: undefined,
  recurring: false,
  timeWindow: 'none',
  groupBy: [],
};
const draft: MeterDraft = {
  name: 'Calls',
  eventName: 'Call ended',
  accountProperty: '',
  profiles: [count, { ...count, code: 'seconds', method: 'sum', property: 'call.seconds' }],
  defaultProfile: '',
};

function create(from: MeterDraft): Meter {
  return createMeter(readMeter(from), {
    id: 'mtr_1' as MeterId,
    organisationId: 'org_1' as OrganisationId,
    profileIds: from.profiles.map((_, index) => `mpf_${index}` as ProfileId),
    firstNumber: 7,
    nowMs: 1_000,
  });
}

/** The fields that are at fault when the draft is refused. */
function faults(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError) return error.violations.map(({ field }) => field);
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a new meter', () => {
  test('has its defaults filled in, and its profiles numbered on', () => {
    const meter = create(draft);
    expect(meter).toMatchObject({
      accountProperty: 'billingrails_account_id',
      defaultProfile: 'calls',
      status: 'active',
    });
    expect(meter.profiles.map(({ id, number }) => [id, number])).toEqual([
      ['mpf_0', 7],
      ['mpf_1', 8],
    ]);
  });

  test('keeps the default profile that was chosen', () => {
    const meter = create({ ...draft, defaultProfile: 'seconds' });
    expect(profileOf(meter, '').code).toBe('seconds');
    expect(profileOf(meter, 'calls').code).toBe('calls');
  });

  test.each<[string, Partial<MeterDraft>, string[]]>([
    ['a default that is no profile', { defaultProfile: 'none' }, ['default_profile']],
    [
      'an empty key in the mapping',
      { accountProperty: 'a..b' },
      ['account_mapping.event_property'],
    ],
    ['a code twice', { profiles: [count, count] }, ['profiles[1].code']],
    [
      'a property to count by',
      { profiles: [{ ...count, property: 'x' }] },
      ['profiles[0].aggregation_property'],
    ],
    [
      'no property to sum',
      { profiles: [{ ...count, method: 'sum' }] },
      ['profiles[0].aggregation_property'],
    ],
    [
      'no property to average, or to hold over time',
      {
        profiles: [
          { ...count, method: 'average' },
          { ...count, code: 'b', method: 'time_weighted_sum', recurring: true },
        ],
      },
      ['profiles[0].aggregation_property', 'profiles[1].aggregation_property'],
    ],
    [
      'a filter that is none',
      { profiles: [{ ...count, filters: [{ property: 'a', operator: 'eq', value: undefined }] }] },
      ['profiles[0].filters[0].value'],
    ],
    [
      'more text in filters than a meter can hold',
      {
        profiles: [
          {
            ...count,
            filters: [
              { property: 'a', operator: 'in', value: ['x'.repeat(40_000), 'y'.repeat(40_000)] },
            ],
          },
        ],
      },
      ['profiles[0].filters'],
    ],
    [
      'more text in the filters of all profiles than a meter can hold',
      {
        profiles: Array.from({ length: 9 }, (_, n) => ({
          ...count,
          code: `c${n}`,
          filters: [{ property: 'a', operator: 'eq', value: 'x'.repeat(65_000) }],
        })),
      },
      ['profiles'],
    ],
    [
      'a tree of filters that is none',
      {
        profiles: [
          {
            ...count,
            filter: {
              any: [
                { condition: { property: 'a', operator: 'exists', value: undefined } },
                { all: [] },
                { negated: { condition: { property: 'a', operator: 'gt', value: 'x' } } },
              ],
            },
          },
        ],
      },
      [
        'profiles[0].filter.any.filters[1].all.filters',
        'profiles[0].filter.any.filters[2].negated.condition.value',
      ],
    ],
    [
      'a method that has nothing to carry into the next window',
      {
        profiles: [
          { ...count, recurring: true },
          { ...count, code: 'b', method: 'sum', property: 'x', recurring: true },
          { ...count, code: 'c', method: 'max', property: 'x', recurring: true },
        ],
      },
      ['profiles[0].recurring', 'profiles[1].recurring'],
    ],
    [
      'paths to group by that are none, or one path twice',
      { profiles: [{ ...count, groupBy: ['a.b', 'a..b', 'a.b'] }] },
      ['profiles[0].group_by[1]', 'profiles[0].group_by[2]'],
    ],
    [
      'more than three paths to group by',
      { profiles: [{ ...count, groupBy: ['a', 'b', 'c', 'd'] }] },
      ['profiles[0].group_by'],
    ],
    [
      'several faults at once',
      { accountProperty: '.', defaultProfile: 'none', profiles: [{ ...count, property: 'x' }] },
      ['account_mapping.event_property', 'profiles[0].aggregation_property', 'default_profile'],
    ],
  ])('is refused with %s, by field', (_what, change, fields) => {
    expect(faults(() => readMeter({ ...draft, ...change }))).toEqual(fields);
  });

  test('is refused when its event name has another account mapping', () => {
    const other = { id: 'mtr_2' as MeterId, accountProperty: 'customer' };
    expect(() => checkAccountMapping('billingrails_account_id', [other])).toThrow(
      expect.objectContaining({ kind: 'precondition', reason: 'ACCOUNT_MAPPING_DIFFERS' }),
    );
    expect(() => checkAccountMapping('customer', [other])).not.toThrow();
  });
});

describe('a meter', () => {
  const added: Profile = {
    ...readAddedProfile({ ...count, code: 'third' }),
    id: 'mpf_9' as ProfileId,
    number: 9,
    version: 1,
    createTimeMs: 2_000,
  };

  test('takes another profile, and is then as new as that', () => {
    const meter = addProfile(create(draft), added);
    expect(meter.profiles.map(({ code }) => code)).toEqual(['calls', 'seconds', 'third']);
    expect([meter.createTimeMs, meter.updateTimeMs]).toEqual([1_000, 2_000]);
  });

  test('refuses a code it has, and a 51st profile', () => {
    expect(() => addProfile(create(draft), { ...added, code: 'calls' })).toThrow(
      expect.objectContaining({ kind: 'precondition', reason: 'PROFILE_CODE_TAKEN' }),
    );
    const profiles = Array.from({ length: 50 }, (_, n) => ({ ...added, code: `c${n}` }));
    expect(() => addProfile({ ...create(draft), profiles }, added)).toThrow(
      expect.objectContaining({ kind: 'precondition', reason: 'METER_FULL' }),
    );
  });

  test('an invalid added profile is refused by field', () => {
    const invalid = { ...count, property: 'x' };
    expect(faults(() => readAddedProfile(invalid))).toEqual(['profile.aggregation_property']);
  });

  test('changes only what is asked for', () => {
    const meter = create(draft);
    const change = { name: undefined, status: undefined, defaultProfile: undefined };
    expect(changeMeter(meter, change, 5_000)).toEqual({ ...meter, updateTimeMs: 5_000 });
    const renamed = changeMeter(
      meter,
      { name: 'New', status: 'archived', defaultProfile: 'seconds' },
      5_000,
    );
    expect(renamed).toMatchObject({ name: 'New', status: 'archived', defaultProfile: 'seconds' });
  });

  test('has no profile by a code it does not know', () => {
    const unknown = { name: undefined, status: undefined, defaultProfile: 'none' };
    const notFound = expect.objectContaining({
      kind: 'not_found',
      reason: 'PROFILE_NOT_FOUND',
      message: 'The meter has no profile "none"; it has calls, seconds.',
    });
    expect(() => profileOf(create(draft), 'none')).toThrow(notFound);
    expect(() => changeMeter(create(draft), unknown, 5_000)).toThrow(notFound);
  });
});

describe('a revision of a profile', () => {
  const hour = 3_600_000;
  const revision = (effectiveFromMs: number, change: Partial<Profile> = {}) => ({
    ...readAddedProfile({ ...count, method: 'max', property: 'load', recurring: true }),
    id: `mpf_${effectiveFromMs}` as ProfileId,
    number: effectiveFromMs / hour,
    createTimeMs: 3_000,
    ...change,
    effectiveFromMs,
  });
  const meter = create({
    ...draft,
    profiles: [{ ...count, method: 'max', property: 'load', recurring: true }],
  });
  const revised = reviseProfile(reviseProfile(meter, revision(50 * hour)), revision(60 * hour));

  test('has the next version, and each version its time, which touch and leave none out', () => {
    expect(
      versionsOf(revised, 'calls').map(({ profile, ...time }) => [profile.version, time]),
    ).toEqual([
      [1, { fromMs: -Infinity, toMs: 50 * hour }],
      [2, { fromMs: 50 * hour, toMs: 60 * hour }],
      [3, { fromMs: 60 * hour, toMs: Infinity }],
    ]);
    expect(profileOf(revised, '').version).toBe(3);
    expect(versionsOf(revised, 'none')).toEqual([]);
  });

  test('without its profile leaves the time to the version before', () => {
    const before = withoutProfiles(revised, [50, 60]);
    expect(allVersionsOf(before)).toEqual(allVersionsOf(meter));
  });

  test.each<[string, Partial<Profile>, string]>([
    ['method', { method: 'latest' }, 'profile.aggregation_method'],
    ['carrying', { recurring: false }, 'profile.recurring'],
    ['time window', { timeWindow: 'day' }, 'profile.aggregation_time_window'],
  ])('is refused with another %s', (_what, change, field) => {
    expect(faults(() => reviseProfile(meter, revision(50 * hour, change)))).toEqual([field]);
  });

  test('is refused unless it begins after the version before', () => {
    expect(faults(() => reviseProfile(revised, revision(60 * hour)))).toEqual(['effective_time']);
    expect(faults(() => reviseProfile(revised, revision(59 * hour)))).toEqual(['effective_time']);
  });

  test('of a code that there is none of is not found, and a 201st version is refused', () => {
    expect(() => reviseProfile(meter, revision(hour, { code: 'none' }))).toThrow(
      expect.objectContaining({ kind: 'not_found', reason: 'PROFILE_NOT_FOUND' }),
    );
    let full = meter;
    for (let version = 2; version <= 200; version += 1)
      full = reviseProfile(full, revision(version * hour));
    expect(() => reviseProfile(full, revision(201 * hour))).toThrow(
      expect.objectContaining({ kind: 'precondition', reason: 'METER_FULL' }),
    );
  });
});
