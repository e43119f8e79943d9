import fc from 'fast-check';
import { parseInstant } from '@billingrails/time';
import { isTimestamp } from './timestamp';

const two = fc.nat(70).map((number) => String(number).padStart(2, '0'));
const texts = fc
  .tuple(
    fc.constantFrom('2023', '2024', '1900', '2000', '0000', '0001', '9999'),
    ...[two, two, two, two, two],
    fc.constantFrom('', '.5', '.123456789', '.'),
    fc.constantFrom('Z', '+00:00', '-23:59', '+24:00', ''),
  )
  .map(
    ([year, month, day, hour, minute, second, fraction, zone]) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${zone}`,
  );
/** Texts of which most are instants. */
const usual = fc
  .tuple(fc.nat(13), fc.nat(32), fc.nat(24), fc.nat(60), fc.constantFrom('2023', '2024'))
  .map((numbers) => numbers.map((number) => String(number).padStart(2, '0')))
  .map(([month, day, hour, minute, year]) => `${year}-${month}-${day}T${hour}:${minute}:00Z`);

test('a timestamp is what names an instant, however quickly it is told', () => {
  fc.assert(
    fc.property(
      fc.oneof(texts, usual),
      (text) => isTimestamp(text) === (parseInstant(text) !== undefined),
    ),
    { numRuns: 1_000 },
  );
});

test.each(['2024-01-01t00:00:00Z', '2024-01-01T00:00:00z', '2024-01-01T00:00:00.1234567890Z'])(
  '%s, which the runtime does not read, is none',
  (text) => expect(isTimestamp(text)).toBe(false),
);
