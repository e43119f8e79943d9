import fc from 'fast-check';
import {
  aggregationOf,
  amountText,
  NO_USAGE,
  type AggregationMethod,
  type Sample,
  type SampleValue,
  type UsageState,
} from '.';

const METHODS: AggregationMethod[] = [
  ...(['sum', 'count', 'count_unique', 'max', 'min', 'latest', 'average'] as const),
  'time_weighted_sum',
];

function sample(value: SampleValue, timestampMs = 0, key = 'k'): Sample {
  return { timestampMs, key, value };
}

function valueOf(
  method: AggregationMethod,
  samples: Sample[],
  window = { startMs: 0, endMs: 10_000 },
  before: Sample[] = [],
): string {
  const aggregation = aggregationOf(method);
  const own = aggregation.ofEvents(samples);
  const carried = before.length === 0 ? NO_USAGE : aggregation.ofEvents(before);
  return shown(method, own, carried, window);
}

function shown(
  method: AggregationMethod,
  own: UsageState,
  carried = NO_USAGE,
  window = { startMs: 0, endMs: 10_000 },
): string {
  const distinctCount = own.values?.size ?? 0;
  const amount = aggregationOf(method).amount({ window, own, carried, distinctCount });
  return amount === undefined ? '' : amountText(amount);
}

const ONE = 10n ** 18n;

describe('the value', () => {
  test.each<[AggregationMethod, string]>([
    ['sum', '0'],
    ['count', '0'],
    ['count_unique', '0'],
    ['max', ''],
    ['min', ''],
    ['latest', ''],
    ['average', ''],
    ['time_weighted_sum', '0'],
  ])('of %s without events is %j', (method, value) => {
    expect(valueOf(method, [])).toBe(value);
    expect(shown(method, aggregationOf(method).merge([]))).toBe(value);
  });

  test('of a sum is exact: 0.1 + 0.2 is 0.3', () => {
    expect(valueOf('sum', [sample(ONE / 10n), sample(ONE / 5n)])).toBe('0.3');
  });

  test('of a sum is exact at the greatest and least quantities there are', () => {
    const greatest = 10n ** 38n - 1n;
    expect(
      valueOf(
        'sum',
        Array.from({ length: 3 }, () => sample(greatest)),
      ),
    ).toBe('299999999999999999999.999999999999999997');
    expect(valueOf('sum', [sample(greatest), sample(1n), sample(-greatest)])).toBe(
      '0.000000000000000001',
    );
  });

  test('of max and min are quantities as they are, negative ones too', () => {
    const samples = [sample(-3n * ONE), sample(-ONE / 2n), sample(-2n * ONE)];
    expect(valueOf('max', samples)).toBe('-0.5');
    expect(valueOf('min', samples)).toBe('-3');
  });

  test('of latest is that of the latest timestamp, whenever it arrived', () => {
    expect(valueOf('latest', [sample(2n * ONE, 20), sample(ONE, 10)])).toBe('2');
    expect(valueOf('latest', [sample(ONE, -10), sample(2n * ONE, -20)])).toBe('1');
  });

  test('of latest is, at one instant, that of the greatest key by UTF-8 bytes', () => {
    const samples = [sample(ONE, 5, '\u{10437}'), sample(2n * ONE, 5, '\uffee')];
    expect(valueOf('latest', samples)).toBe('1');
    expect(valueOf('latest', [...samples].reverse())).toBe('1');
  });

  test('of count_unique counts a value once, and tells types apart', () => {
    const samples = ['n:1', 's:1', 'n:1', 'b:true'].map((value) => sample(value));
    expect(valueOf('count_unique', samples)).toBe('3');
  });

  test('of an average is the exact sum by the number of events, to 18 digits, half away from zero', () => {
    expect(valueOf('average', [sample(ONE), sample(2n * ONE)])).toBe('1.5');
    expect(valueOf('average', [sample(ONE), sample(0n), sample(0n)])).toBe('0.333333333333333333');
    expect(valueOf('average', [sample(2n * ONE), sample(0n), sample(0n)])).toBe(
      '0.666666666666666667',
    );
    expect(valueOf('average', [sample(1n), sample(0n)])).toBe('0.000000000000000001');
    expect(valueOf('average', [sample(-1n), sample(0n)])).toBe('-0.000000000000000001');
  });

  test('of a time-weighted sum is each level times the seconds it was held, to the millisecond', () => {
    const samples = [sample(3n * ONE, 1_000), sample(5n * ONE, 4_001)];
    // 3 for 3.001 s, then 5 for 5.999 s.
    expect(valueOf('time_weighted_sum', samples)).toBe('38.998');
    expect(valueOf('time_weighted_sum', [...samples].reverse())).toBe('38.998');
    expect(valueOf('time_weighted_sum', [sample(1n, 9_999)])).toBe('0.000000000000000000001');
  });

  test('of a time-weighted sum holds, at one instant, the level of the greatest key by UTF-8 bytes', () => {
    const samples = [sample(ONE, 5_000, '\u{10437}'), sample(2n * ONE, 5_000, '\uffee')];
    expect(valueOf('time_weighted_sum', samples)).toBe('5');
  });

  test('of a recurring profile is that of all events before the end of the window', () => {
    const window = { startMs: 10_000, endMs: 20_000 };
    const before = [sample(7n * ONE, 1_000), sample(4n * ONE, 3_000)];
    expect(valueOf('max', [sample(5n * ONE, 12_000)], window, before)).toBe('7');
    expect(valueOf('latest', [], window, before)).toBe('4');
    expect(valueOf('latest', [sample(5n * ONE, 12_000)], window, before)).toBe('5');
    expect(valueOf('time_weighted_sum', [], window, before)).toBe('40');
    // 4 until the new level, 5 from then on.
    expect(valueOf('time_weighted_sum', [sample(5n * ONE, 12_000)], window, before)).toBe('48');
  });
});

describe.each(METHODS.filter((method) => method !== 'time_weighted_sum'))(
  'states of %s',
  (method) => {
    const aggregation = aggregationOf(method);
    const value: fc.Arbitrary<SampleValue> =
      method === 'count_unique'
        ? fc.integer({ min: 0, max: 9 }).map((n) => `n:${n}`)
        : fc.bigInt(-(10n ** 38n), 10n ** 38n);
    // An event has one value: where time and key meet again, so does the value.
    const samples = fc.uniqueArray(
      fc.record({ timestampMs: fc.integer({ min: 0, max: 5 }), key: fc.nat(9).map(String), value }),
      { selector: ({ timestampMs, key }) => `${timestampMs}/${key}` },
    );

    test('of the same events are the same, however they are grouped and ordered', () => {
      fc.assert(
        fc.property(samples, samples, samples, (a, b, c) => {
          const { ofEvents, merge } = aggregation;
          const fresh = [...b].filter((one) => !a.some((two) => meets(one, two)));
          const third = [...c].filter((one) => ![...a, ...fresh].some((two) => meets(one, two)));
          const [ofA, ofB, ofC] = [ofEvents(a), ofEvents(fresh), ofEvents(third)];
          const whole = ofEvents([...a, ...fresh, ...third]);
          expect(merge([ofA, merge([ofB, ofC])])).toEqual(whole);
          expect(merge([merge([ofC, ofA]), ofB])).toEqual(whole);
          expect(merge([ofB, ofEvents([]), ofC, ofA])).toEqual(whole);
        }),
        { numRuns: 300 },
      );
    });
  },
);

test('states of time_weighted_sum of stretches that follow each other are that of all, however they are grouped', () => {
  const { ofEvents, merge } = aggregationOf('time_weighted_sum');
  const samples = fc.uniqueArray(
    fc.record({
      timestampMs: fc.integer({ min: 0, max: 40 }),
      key: fc.nat(3).map(String),
      value: fc.bigInt(-(10n ** 38n), 10n ** 38n),
    }),
    { selector: ({ timestampMs, key }) => `${timestampMs}/${key}` },
  );
  fc.assert(
    fc.property(samples, fc.nat(40), fc.nat(40), (all, one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const a = ofEvents(all.filter(({ timestampMs }) => timestampMs < first));
      const b = ofEvents(all.filter(({ timestampMs: t }) => t >= first && t < second));
      const c = ofEvents(all.filter(({ timestampMs }) => timestampMs >= second));
      const whole = ofEvents(all);
      expect(merge([a, b, c])).toEqual(whole);
      expect(merge([c, a, b])).toEqual(whole);
      expect(merge([merge([a, b]), c])).toEqual(whole);
      expect(merge([merge([c, b]), ofEvents([]), a])).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

function meets(a: Sample, b: Sample): boolean {
  return a.timestampMs === b.timestampMs && a.key === b.key;
}
