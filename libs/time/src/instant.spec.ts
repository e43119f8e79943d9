import fc from 'fast-check';
import { DAY_MS, HOUR_MS, instantText, parseInstant, utcDayOf } from './index';

test.each([
  ['2023-10-01T12:00:00Z', 1_696_161_600_000],
  ['2023-10-01t12:00:00z', 1_696_161_600_000],
  ['2023-10-01T14:00:00+02:00', 1_696_161_600_000],
  ['2023-10-01T06:30:00-05:30', 1_696_161_600_000],
  ['2023-10-01T12:00:00-00:00', 1_696_161_600_000],
  ['2023-10-01T12:00:00.5Z', 1_696_161_600_500],
  ['2023-10-01T12:00:00.123999999Z', 1_696_161_600_123],
  ['1969-12-31T23:59:59.9999Z', -1],
  ['1970-01-01T00:00:00Z', 0],
  ['2024-02-29T00:00:00Z', 1_709_164_800_000],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ['0000-12-31T23:00:00-01:00', -62_135_596_800_000],
])('%s is the instant %i', (text, ms) => {
  expect(parseInstant(text)).toBe(ms);
});

test.each([
  ...[
    '',
    '2023-10-01',
    '2023-10-01T12:00Z',
    '2023-10-01T12:00:00',
    '2023-10-01 12:00:00Z',
    '20231001T120000Z',
  ],
  ...[
    '2023-13-01T12:00:00Z',
    '2023-00-01T12:00:00Z',
    '2023-02-29T12:00:00Z',
    '2023-04-31T12:00:00Z',
    '2023-10-00T12:00:00Z',
  ],
  ...[
    '2023-10-01T24:00:00Z',
    '2023-10-01T12:60:00Z',
    '2016-12-31T23:59:60Z',
    '2023-10-01T12:00:00+24:00',
    '2023-10-01T12:00:00+0200',
  ],
  ...[
    '2023-10-01T12:00:00.Z',
    '2023-10-01T12:00:00Z ',
    '2023-10-01T12:00:00Z\n',
    '+2023-10-01T12:00:00Z',
    '10000-01-01T00:00:00Z',
  ],
  ...[
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2023-10-01T12:00:00[UTC]',
    '2023-10-01T12:00:00,5Z',
  ],
])('%j is no instant', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test.each([
  [1_696_161_600_000, '2023-10-01T12:00:00Z'],
  [1_696_161_600_050, '2023-10-01T12:00:00.050Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [-62_135_596_800_000, '0001-01-01T00:00:00Z'],
])('the instant %i is written as %s', (ms, text) => {
  expect(instantText(ms)).toBe(text);
});

const instant = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });

test('every instant of the years 1 to 9999 is read back as written, and as JavaScript reads it', () => {
  fc.assert(
    fc.property(instant, (ms) => {
      expect(parseInstant(instantText(ms))).toBe(ms);
      expect(Date.parse(instantText(ms))).toBe(ms);
    }),
    { numRuns: 300 },
  );
});

test('an offset moves the text, not the instant', () => {
  const minutes = fc.integer({ min: -1439, max: 1439 });
  const inner = instant.filter((ms) => Math.abs(ms) < 62_000_000_000_000);
  fc.assert(
    fc.property(inner, minutes, (ms, offset) => {
      const two = (number: number) => String(number).padStart(2, '0');
      const size = Math.abs(offset);
      const sign = offset < 0 ? '-' : '+';
      const wall = instantText(ms + offset * 60_000).slice(0, -1);
      expect(parseInstant(`${wall}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`)).toBe(
        ms,
      );
    }),
  );
});

test.each([Number.NaN, 0.5, -62_135_596_800_001, 253_402_300_800_000])(
  'writing %p is a bug',
  (ms) => {
    expect(() => instantText(ms)).toThrow(
      'an instant is a whole millisecond of the years 1 to 9999',
    );
  },
);

test('the UTC day of an instant holds it, also before 1970', () => {
  fc.assert(
    fc.property(instant, (ms) => {
      expect(instantText(utcDayOf(ms))).toBe(`${instantText(ms).slice(0, 10)}T00:00:00Z`);
    }),
  );
  expect([HOUR_MS, DAY_MS]).toEqual([3_600_000, 86_400_000]);
});
