import { decimal } from '@billingrails/money';
import { MONTHLY } from '@billingrails/time';
import {
  entitlementViolations,
  featureViolations,
  overlap,
  type EntitlementDraft,
} from './entitlement-draft';
import type { FeatureKind } from './feature';

const START = Date.UTC(2024, 0, 1);
const draft: EntitlementDraft = {
  featureId: 'feat_1',
  grantee: { kind: 'plan', id: 'plan_1' },
  isSoft: false,
};
const [one, never] = [decimal('1'), { kind: 'never' } as const];
const interval = { kind: 'interval', rule: { ...MONTHLY, count: 500 }, timeZone: 'Mars' } as const;

test.each<[FeatureKind, Partial<EntitlementDraft>, string[]]>([
  ['metered', {}, []],
  ['metered', { limit: one, grace: one, reset: never, endMs: START + 1 }, []],
  ['metered', { limit: one, isSoft: true }, []],
  ['metered', { isSoft: true, grace: one, value: '1' }, ['limit_kind', 'grace', 'grace', 'value']],
  ['metered', { limit: one, isSoft: true, grace: one }, ['grace']],
  ['metered', { limit: one, rollover: { periods: 12, maximum: one } }, []],
  ['metered', { rollover: { periods: 1 } }, ['rollover_periods']],
  ['metered', { limit: one, reset: never, rollover: { periods: 1 } }, ['rollover_periods']],
  ['metered', { limit: one, rollover: { periods: 0, maximum: one } }, ['rollover_maximum']],
  ['metered', { reset: interval }, ['reset.interval.count', 'reset.interval.time_zone']],
  ['metered', { endMs: START }, ['end_time']],
  ['boolean', {}, []],
  [
    'boolean',
    { limit: one, isSoft: true, grace: one, reset: never },
    ['limit', 'limit_kind', 'grace', 'reset'],
  ],
  ['boolean', { rollover: { periods: 1 } }, ['rollover_periods']],
  ['boolean', { value: 'on' }, ['value']],
  ['static', { value: 'high' }, []],
  ['static', { limit: one }, ['limit', 'value']],
])('of a %s feature with %j is wrong: %j', (kind, given, fields) => {
  const found = entitlementViolations({ kind }, { ...draft, ...given }, START);
  expect(found.map(({ field }) => field)).toEqual(fields);
});

test.each<[FeatureKind, boolean, string[]]>([
  ['metered', true, []],
  ['metered', false, ['meter_profile']],
  ['boolean', true, ['meter_profile']],
  ['static', false, []],
])('a %s feature, with a meter profile: %s, has wrong: %j', (kind, isMetered, fields) => {
  expect(featureViolations(kind, isMetered).map(({ field }) => field)).toEqual(fields);
});

test.each([
  [{ startMs: 0 }, { startMs: 5 }, true],
  [{ startMs: 0, endMs: 5 }, { startMs: 5 }, false],
  [{ startMs: 0, endMs: 6 }, { startMs: 5 }, true],
  [{ startMs: 5 }, { startMs: 0, endMs: 5 }, false],
])('%j and %j are granted at the same time: %s', (a, b, expected) => {
  expect(overlap(a, b)).toBe(expected);
});
