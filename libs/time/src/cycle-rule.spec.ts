import { cycleRuleViolations, type CycleAnchor, type CycleRule, type CycleUnit } from './index';

const wrong = (unit: CycleUnit, count: number, anchor: CycleAnchor = { kind: 'start' }) => {
  const rule: CycleRule = { unit, count, anchor };
  return cycleRuleViolations(rule, 'cycle').map(
    ({ field, description }) => `${field}: ${description}`,
  );
};

test('a rule that can be counted has nothing wrong', () => {
  expect(wrong('month', 1)).toEqual([]);
  expect(wrong('week', 2, { kind: 'calendar', weekday: 7 })).toEqual([]);
  expect(wrong('year', 10, { kind: 'calendar', month: 2, dayOfMonth: 29 })).toEqual([]);
  expect(wrong('day', 3_660, { kind: 'instant', ms: 0 })).toEqual([]);
});

test('everything that is wrong with a rule is named', () => {
  expect(wrong('quarter', 0)).toEqual(['cycle.count: must be from 1 to 40 for this unit']);
  expect(wrong('week', 1.5, { kind: 'calendar', weekday: 8, dayOfMonth: 1 })).toEqual([
    'cycle.count: must be from 1 to 520 for this unit',
    'cycle.calendar.weekday: must be from 1 to 7',
    'cycle.calendar.day_of_month: must be left out: it is for months and what is counted in them',
  ]);
  expect(wrong('month', 1, { kind: 'calendar', month: 3 })).toEqual([
    'cycle.calendar.month: must be left out: it is for quarters, half-years and years',
  ]);
});
