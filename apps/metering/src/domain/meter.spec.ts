import { DomainError } from '@billingrails/errors';
import type { MeterId, OrganisationId, ProfileId } from '@billingrails/ids';
import { addProfile, changeMeter, checkAccountMapping, profileOf, type Meter } from './meter';
import { createMeter, readAddedProfile, readMeter, type MeterDraft } from './meter-draft';
import type { ProfileDraft } from './profile-draft';
import type { Profile } from './profile';

const count: ProfileDraft = {
  code: 'calls',
  name: 'Calls',
  method: 'count',
  property: '',
  filters: [],
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
    const notFound = expect.objectContaining({ kind: 'not_found', reason: 'PROFILE_NOT_FOUND' });
    expect(() => profileOf(create(draft), 'none')).toThrow(notFound);
    expect(() => changeMeter(create(draft), unknown, 5_000)).toThrow(notFound);
  });
});
