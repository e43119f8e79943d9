import type { MeterId, OrganisationId, ProfileId } from '@billingrails/ids';
import { announcementOf } from './announcement';
import { reviseProfile, type Meter } from './meter';
import type { Profile } from './profile';

const sum: Profile = {
  id: 'mpf_1' as ProfileId,
  number: 1,
  code: 'seconds',
  version: 1,
  name: 'Seconds',
  method: 'sum',
  property: 'call.seconds',
  filters: [{ property: ['kind'], operator: 'eq', values: ['local'] }],
  filter: { negated: { property: ['test'], operator: 'exists', values: [] } },
  recurring: false,
  timeWindow: 'none',
  groupBy: [],
  createTimeMs: 0,
};
const meter: Meter = {
  id: 'mtr_1' as MeterId,
  organisationId: 'org_1' as OrganisationId,
  name: 'Calls',
  eventName: 'Call ended',
  status: 'active',
  accountProperty: 'customer.id',
  profiles: [
    sum,
    { ...sum, number: 2, code: 'calls', method: 'count', property: '' },
    { ...sum, number: 3, code: 'callers', method: 'count_unique', property: 'caller' },
  ],
  defaultProfile: 'seconds',
  createTimeMs: 0,
  updateTimeMs: 0,
};
const other: Meter = { ...meter, profiles: [{ ...sum, method: 'latest' }], name: 'Other' };

test('an event name is announced with its account property, and what its profiles need as numbers', () => {
  expect(announcementOf([meter, other])).toEqual({
    organisationId: 'org_1',
    eventName: 'Call ended',
    accountProperty: 'customer.id',
    numbers: [
      {
        ...{ property: 'call.seconds', meter: 'Calls', profile: 'seconds', method: 'sum' },
        filter: { all: [...sum.filters, sum.filter] },
        fromMs: -Infinity,
        toMs: Infinity,
      },
      expect.objectContaining({ meter: 'Other', method: 'latest' }),
    ],
  });
});

test('each version of a profile is announced with its time', () => {
  const hourMs = 3_600_000;
  const revised = reviseProfile(meter, {
    ...sum,
    property: 'seconds',
    number: 4,
    effectiveFromMs: hourMs,
  });
  const times = announcementOf([revised])?.numbers.map(({ property, fromMs, toMs }) => [
    property,
    fromMs,
    toMs,
  ]);
  expect(times).toEqual([
    ['call.seconds', -Infinity, hourMs],
    ['seconds', hourMs, Infinity],
  ]);
});

test('an archived meter needs no numbers any more, and its account property still holds', () => {
  const announcement = announcementOf([{ ...meter, status: 'archived' }]);
  expect(announcement).toMatchObject({ accountProperty: 'customer.id', numbers: [] });
  expect(announcementOf([])).toBeUndefined();
});
