import { decimal } from '@billingrails/money';
import fc from 'fast-check';
import { thresholdKey, type AlertDirection, type AlertThreshold } from './alert';
import { decideFirings, shownValue, whole, type AlertState, type Observation } from './firing';

const DAY_MS = 86_400_000;

const threshold = (value: string, direction: AlertDirection = 'up'): AlertThreshold => ({
  ...{ value: decimal(value), direction, stopsAccess: false },
});

/** A figure in the period of so many days, read on its first. */
const read = (value: string, day = 0, changes: Partial<Observation> = {}): Observation => ({
  ...whole(decimal(value)),
  period: { startMs: day * DAY_MS, endMs: (day + 1) * DAY_MS },
  nowMs: day * DAY_MS,
  ...changes,
});

/** What fires as one looks again and again, each as "up 100 #1". */
function firedBy(thresholds: readonly AlertThreshold[], observations: readonly Observation[]) {
  const fired: string[] = [];
  let state: AlertState | undefined;
  for (const observation of observations) {
    const decided = decideFirings(thresholds, state, observation);
    if (decided === undefined) continue;
    if (decided.isChanged) state = decided.after;
    for (const { threshold: each, occurrence } of decided.firings)
      fired.push(`${thresholdKey(each)} #${occurrence}`);
  }
  return fired;
}

test.each([
  ['is passed at the threshold itself', ['99.9', '100', '101'], ['up 100 #1']],
  ['is passed by a leap', ['0', '1000'], ['up 100 #1']],
  ['fires at the first look', ['100'], ['up 100 #1']],
  ['is armed again by a correction', ['100', '99', '100'], ['up 100 #1', 'up 100 #2']],
  ['is not passed', ['99.999'], []],
])('upwards a threshold %s', (_, values, expected) => {
  expect(
    firedBy(
      [threshold('100')],
      values.map((value) => read(value)),
    ),
  ).toEqual(expected);
});

test.each([
  ['is not passed where it was never above', ['5', '0'], []],
  ['is passed at the threshold itself', ['11', '10', '0'], ['down 10 #1']],
  ['is armed again above it', ['11', '10', '11', '9'], ['down 10 #1', 'down 10 #2']],
])('downwards a threshold %s', (_, values, expected) => {
  expect(
    firedBy(
      [threshold('10', 'down')],
      values.map((value) => read(value)),
    ),
  ).toEqual(expected);
});

test('a balance that is low when it is first looked at has fallen there, if more was granted', () => {
  const low = (highest: string) => read('3', 0, { highest: decimal(highest) });
  expect(firedBy([threshold('10', 'down')], [low('100')])).toEqual(['down 10 #1']);
  expect(firedBy([threshold('10', 'down')], [low('10')])).toEqual([]);
});

test('each period begins anew, and what is read of one that is over decides nothing', () => {
  const values = [read('100', 0), read('100', 1), read('100', 0), read('100', 1)];
  expect(firedBy([threshold('100')], values)).toEqual(['up 100 #1', 'up 100 #1']);
});

test('a period that gets another end while it runs goes on', () => {
  const shorter = { period: { startMs: 0, endMs: DAY_MS / 2 } };
  expect(firedBy([threshold('1')], [read('1'), read('1', 0, shorter)])).toEqual(['up 1 #1']);
});

test('a share is compared exactly and shown in two digits', () => {
  const third = read('200', 0, { per: decimal('3') });
  expect(shownValue(third).toString()).toBe('66.67');
  expect(firedBy([threshold('66.67')], [third])).toEqual([]);
  expect(firedBy([threshold('66.66')], [third])).toEqual(['up 66.66 #1']);
});

test('where nothing has fired nothing has to be kept', () => {
  const thresholds = [threshold('10'), threshold('10', 'down')];
  expect(decideFirings(thresholds, undefined, read('9'))?.isChanged).toBe(false);
  expect(decideFirings(thresholds, undefined, read('11'))?.isChanged).toBe(true);
});

/**
 * The slow oracle: a threshold fires with an observation when it is passed and, of all earlier ones of the period, the
 * last was on the other side; upwards it stands on the other side before the first.
 */
function oracle(thresholds: readonly AlertThreshold[], values: readonly (readonly number[])[]) {
  return values.flatMap((ofPeriod) => {
    const count = new Map<string, number>();
    return ofPeriod.flatMap((value, index) =>
      thresholds.flatMap((each) => {
        const passes = (of: number) =>
          each.direction === 'up'
            ? of >= Number(each.value.toString())
            : of <= Number(each.value.toString());
        const before = ofPeriod[index - 1];
        const wasBeyond = before === undefined ? each.direction === 'down' : passes(before);
        if (!passes(value) || wasBeyond) return [];
        const key = thresholdKey(each);
        count.set(key, (count.get(key) ?? 0) + 1);
        return [`${key} #${count.get(key)}`];
      }),
    );
  });
}

test('for any figures in any periods, what fires is what the oracle says, however often each is looked at', () => {
  const small = fc.integer({ min: -3, max: 3 });
  const direction = fc.constantFrom<AlertDirection>('up', 'down');
  const thresholds = fc.uniqueArray(
    fc.record({
      value: small.map((n) => decimal(BigInt(n))),
      direction,
      stopsAccess: fc.constant(false),
    }),
    { minLength: 1, maxLength: 4, selector: thresholdKey },
  );
  const periods = fc.array(fc.array(small, { minLength: 1, maxLength: 8 }), { maxLength: 4 });
  fc.assert(
    fc.property(thresholds, periods, fc.integer({ min: 1, max: 3 }), (each, values, looks) => {
      const observations = values.flatMap((ofPeriod, day) =>
        ofPeriod.flatMap((value) => Array.from({ length: looks }, () => read(String(value), day))),
      );
      expect(firedBy(each, observations)).toEqual(oracle(each, values));
    }),
    { numRuns: 200 },
  );
});
