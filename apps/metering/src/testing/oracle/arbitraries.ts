import fc from 'fast-check';
import type { OracleEvent, OracleFilter, OracleProfile, OracleRules } from './oracle';

/** From narrow pools, so that accounts, keys, hours and values meet each other again and again. */
export const ORGANISATION = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3';
export const ACCOUNTS: [string, ...string[]] = ['acct_1', 'acct_2', 'a:b@c.d-e_f'];
export const EVENT_NAMES: [string, ...string[]] = ['Song played', 'API call/v2'];
/** Around a change of the year, a change of clocks in Europe, and 1970. */
const TIMES_MS: [number, ...number[]] = [
  Date.UTC(2023, 11, 31, 22, 0),
  Date.UTC(2024, 2, 30, 23, 0),
  Date.UTC(1969, 11, 31, 20, 0),
];
const SPAN_MS = 30 * 3_600_000;

/** The first two times out of three, else any. */
function mostly<T>(...all: [T, ...T[]]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(all[0]) }, fc.constantFrom(...all));
}

const amounts = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0.1, 0.2, 0.3, 1e-7, 1e21, 9007199254740991, -0.5, 2.5),
  fc.constantFrom<unknown>(
    '99999999999999999999.999999999999999999',
    '-99999999999999999999.999999999999999999',
    '0.000000000000000001',
    '5',
    '5.0',
    '1e3',
    '1e-19',
    'five',
    '',
    true,
    null,
    [5],
    { amount: 5 },
  ),
);
const kinds = fc.constantFrom<unknown>('local', 'abroad', 'l', 5, '5', true, null, ['local', 5]);

const properties = fc
  .record(
    { amount: amounts, kind: kinds, call: fc.record({ 'to.whom': kinds }), __proto__: kinds },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));

/** Times: mostly on and around hours and days, where buckets begin and end. */
const timestamps = fc
  .tuple(
    mostly(...TIMES_MS),
    fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 30 })),
    fc.integer({ min: -1, max: 1 }),
  )
  .map(([base, hour, ms]) => base + hour * 3_600_000 + ms);

/** Keys differ in how UTF-16 and UTF-8 order them, too. */
const keys = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((n) => `k${n}`),
  fc.constantFrom('\uffee', '\u{10437}', 'é', 'k/1'),
);

/** Events of one organisation. Some have the key of another, and then other content. */
export const arrivals: fc.Arbitrary<OracleEvent[]> = fc.array(
  fc.record({
    organisationId: fc.constant(ORGANISATION),
    accountId: mostly(...ACCOUNTS),
    eventName: mostly(...EVENT_NAMES),
    key: keys,
    timestampMs: timestamps,
    properties,
  }),
  { maxLength: 80, size: 'max' },
);

const paths = mostly<string[]>(['amount'], ['kind'], ['call', 'to.whom'], ['__proto__'], ['none']);

const filters: fc.Arbitrary<OracleFilter> = fc.oneof(
  fc.record({
    property: paths,
    operator: fc.constantFrom('eq', 'ne', 'contains'),
    values: fc.tuple(fc.constantFrom<unknown>('local', 5, '5', true, 'l')),
  }),
  fc.record({
    property: paths,
    operator: fc.constantFrom('in', 'not_in'),
    values: fc.array(fc.constantFrom<unknown>('local', 5, '5', true, 0.3), { minLength: 1 }),
  }),
  fc.record({
    property: paths,
    operator: fc.constantFrom('gt', 'gte', 'lt', 'lte'),
    values: fc.tuple(fc.constantFrom<unknown>(0, '5', 5, -0.5, '0.000000000000000001')),
  }),
  fc.record({
    property: paths,
    operator: fc.constantFrom('starts_with', 'ends_with'),
    values: fc.tuple(fc.constantFrom<unknown>('l', 'al', '5')),
  }),
  fc.record({
    property: paths,
    operator: fc.constant('between'),
    values: fc.constantFrom<unknown[]>([0, 5], ['-1', '0.3'], [5, '5.0']),
  }),
  fc.record({
    property: paths,
    operator: fc.constantFrom('exists', 'not_exists'),
    values: fc.constant([]),
  }),
);

const methods = [
  ...(['sum', 'count', 'count_unique', 'max', 'min', 'latest', 'average'] as const),
  'time_weighted_sum',
] as const;

const RECURRING: readonly string[] = ['latest', 'max', 'count_unique', 'time_weighted_sum'];

const rules: fc.Arbitrary<OracleRules> = fc.record({
  property: paths,
  filters: fc.oneof(fc.constant([]), fc.array(filters, { maxLength: 2 })),
  groupBy: mostly<string[][]>([], [['kind']], [['amount'], ['call', 'to.whom']]),
});

/** Whole UTC hours, from which another version holds. */
const revisions: fc.Arbitrary<(OracleRules & { readonly fromMs: number })[]> = fc
  .uniqueArray(fc.tuple(mostly(...TIMES_MS), fc.integer({ min: -2, max: 40 })), {
    maxLength: 2,
    selector: ([base, hour]) => base + hour * 3_600_000,
  })
  .chain((times) =>
    fc.tuple(
      ...times.map(([base, hour]) =>
        fc.record({ fromMs: fc.constant(base + hour * 3_600_000), rules }),
      ),
    ),
  )
  .map((all) =>
    all
      .map(({ fromMs, rules: changed }) => ({ ...changed, fromMs }))
      .sort((a, b) => a.fromMs - b.fromMs),
  );

/** Profiles of any method, with up to two filters, groups, and up to three versions. */
export const profiles: fc.Arbitrary<OracleProfile> = fc
  .record({
    eventName: mostly(...EVENT_NAMES),
    method: fc.constantFrom(...methods),
    rules,
    recurring: fc.boolean(),
    timeWindow: mostly<'none' | 'hour' | 'day'>('none', 'hour', 'day'),
    revisions,
  })
  .map(({ rules: first, ...profile }) => {
    const own = (of: OracleRules) => ({
      ...of,
      property: profile.method === 'count' ? [] : of.property,
    });
    return {
      ...profile,
      ...own(first),
      recurring: profile.recurring && RECURRING.includes(profile.method),
      revisions: profile.revisions.map((one) => ({ ...own(one), fromMs: one.fromMs })),
    };
  });

/** Any range around where events are: on hours, and ragged to the millisecond. */
export const ranges: fc.Arbitrary<{ startMs: number; endMs: number }> = fc
  .tuple(
    mostly(...TIMES_MS),
    fc.integer({ min: -7_200_000, max: SPAN_MS }),
    fc.integer({ min: 1, max: 3 * SPAN_MS }),
    fc.constantFrom(1, 1, 1_000, 3_600_000),
  )
  .map(([base, offset, length, grain]) => {
    const startMs = Math.floor((base + offset) / grain) * grain;
    return { startMs, endMs: Math.floor((startMs + length) / grain) * grain + grain };
  });

/** How arrivals are cut into chunks. */
export const chunkSizes = fc.array(fc.integer({ min: 1, max: 30 }), {
  minLength: 1,
  maxLength: 12,
});

/** Cuts a list into chunks of the given sizes, over and over. */
export function cut<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  const chunks: T[][] = [];
  for (let from = 0, turn = 0; from < list.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(list.slice(from, from + size));
    from += size;
  }
  return chunks;
}
