import fc from 'fast-check';
import { aggregationOf, type AggregationMethod, type Sample, type SampleValue } from './index';

const METHODS: AggregationMethod[] = ['sum', 'count', 'count_unique', 'max', 'min', 'latest'];

function sample(value: SampleValue, timestampMs = 0, key = 'k'): Sample {
  return { timestampMs, key, value };
}

function valueOf(method: AggregationMethod, samples: Sample[]): string {
  const aggregation = aggregationOf(method);
  return aggregation.value(aggregation.ofEvents(samples));
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
  ])('of %s without events is %j', (method, value) => {
    expect(valueOf(method, [])).toBe(value);
    expect(aggregationOf(method).value(aggregationOf(method).merge([]))).toBe(value);
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
});

describe.each(METHODS)('states of %s', (method) => {
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
      { numRuns: 500 },
    );
  });
});

function meets(a: Sample, b: Sample): boolean {
  return a.timestampMs === b.timestampMs && a.key === b.key;
}
