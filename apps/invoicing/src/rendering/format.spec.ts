import { decimal, toMoney } from '@billingrails/money';
import { amountText, countText, exactAmountText, quantityText } from './format-number';
import { dateText, periodText, timeText } from './format-time';
import { LANGUAGES, WORDS } from './words';

const { en } = WORDS;

test.each([
  ['0', '0'],
  ['999', '999'],
  ['1000', '1,000'],
  ['18059974', '18,059,974'],
  ['-1234567.1234567', '−1,234,567.1234567'],
  ['99999999999999999999.999999999999999999', '99,999,999,999,999,999,999.999999999999999999'],
])('the quantity %s reads %s: every digit, whole part in groups', (quantity, text) => {
  expect(quantityText(decimal(quantity), en.locale)).toBe(text);
});

test.each([
  ['USD', '1234.5', '1,234.50'],
  ['USD', '-0.05', '−0.05'],
  ['JPY', '300', '300'],
  ['KWD', '1000000', '1,000,000.000'],
])('an amount in %s, %s, reads %s: the currency’s own digits', (currencyCode, amount, text) => {
  expect(amountText(toMoney(decimal(amount), currencyCode), en.locale)).toBe(text);
});

test.each([
  ['USD', '20', '20.00'],
  ['USD', '0.0000025', '0.0000025'],
  ['JPY', '1.5', '1.5'],
  ['JPY', '-20', '−20'],
  ['KWD', '0.5', '0.500'],
])('an exact amount in %s, %s, reads %s: filled up, never cut', (currencyCode, amount, text) => {
  expect(exactAmountText(decimal(amount), currencyCode, en.locale)).toBe(text);
});

test('a count of events beyond 2^53 keeps every digit', () => {
  expect(countText(9_007_199_254_740_993n, en.locale)).toBe('9,007,199,254,740,993');
});

const at = (text: string): number => Date.parse(text);

test.each([
  ['2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z', 'UTC', '1 – 31 October 2026'],
  ['2026-10-15T00:00:00Z', '2026-11-15T00:00:00Z', 'UTC', '15 October – 14 November 2026'],
  ['2026-12-15T00:00:00Z', '2027-01-15T00:00:00Z', 'UTC', '15 December 2026 – 14 January 2027'],
  ['2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', 'UTC', '1 October 2026'],
  ['2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', 'Europe/Berlin', '1 – 31 October 2026'],
  [
    '2026-09-30T22:00:00Z',
    '2026-10-31T23:00:00Z',
    'UTC',
    '30 September 2026, 22:00 – before 31 October 2026, 23:00 UTC',
  ],
  // Summer time begins, and ends, inside.
  ['2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z', 'Europe/Berlin', '1 – 31 March 2026'],
  ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'Europe/Berlin', '25 October 2026'],
  // 14 hours ahead of UTC, and 11 behind.
  ['2026-09-30T10:00:00Z', '2026-10-31T10:00:00Z', 'Pacific/Kiritimati', '1 – 31 October 2026'],
  ['2026-10-01T11:00:00Z', '2026-11-01T11:00:00Z', 'Pacific/Niue', '1 – 31 October 2026'],
  // In Cairo the clocks skip midnight: 26 April begins at 01:00.
  ['2024-04-25T22:00:00Z', '2024-05-25T21:00:00Z', 'Africa/Cairo', '26 April – 25 May 2024'],
  [
    '2026-09-30T10:30:00Z',
    '2026-10-31T10:30:00Z',
    'Pacific/Kiritimati',
    '1 October 2026, 00:30 – before 1 November 2026, 00:30 Pacific/Kiritimati',
  ],
  [
    '2026-10-01T00:00:00Z',
    '2026-10-01T00:00:00.250Z',
    'UTC',
    '1 October 2026, 00:00 – before 1 October 2026, 00:00:00.250 UTC',
  ],
])('[%s, %s) in %s reads "%s"', (start, end, timeZone, text) => {
  const period = { startMs: at(start), endMs: at(end) };
  expect(plainSpaces(periodText(period, timeZone, en))).toBe(text);
});

test('an instant reads as exact as it is', () => {
  expect(dateText(at('2026-10-31T23:59:59.999Z'), 'UTC', en)).toBe('31 October 2026');
  expect(timeText(at('2026-10-31T14:30:00Z'), 'UTC', en)).toBe('31 October 2026, 14:30 UTC');
  expect(timeText(at('2026-10-31T14:30:05Z'), 'UTC', en)).toBe('31 October 2026, 14:30:05 UTC');
});

/** Intl sets thin spaces around the dash of a range. */
function plainSpaces(text: string): string {
  return text.replace(/\s*–\s*/g, ' – ').replaceAll(/\s/g, ' ');
}

test.each([
  ['en', '−12,345,678.50', '15 October – 14 November 2026', '1 October 2026, 14:30:05.250 UTC'],
  ['de', '−12.345.678,50', '15. Oktober – 14. November 2026', '1. Oktober 2026, 14:30:05,250 UTC'],
  ['fr', '−12 345 678,50', '15 octobre – 14 novembre 2026', '1 octobre 2026, 14:30:05,250 UTC'],
  [
    'es',
    '−12.345.678,50',
    '15 de octubre – 14 de noviembre de 2026',
    '1 de octubre de 2026, 14:30:05,250 UTC',
  ],
  ['ja', '−12,345,678.50', '2026/10/15～2026/11/14', '2026年10月1日, 14:30:05.250 UTC'],
] as const)(
  'in %s figures and dates are written so: %s, %s, %s',
  (language, figure, span, instant) => {
    const words = WORDS[language];
    const amount = toMoney(decimal('-12345678.5'), 'USD');
    const period = { startMs: at('2026-10-15T00:00:00Z'), endMs: at('2026-11-15T00:00:00Z') };
    const texts = [
      amountText(amount, words.locale),
      periodText(period, 'UTC', words),
      timeText(at('2026-10-01T14:30:05.250Z'), 'UTC', words),
    ];
    expect(texts.map(plainSpaces)).toEqual([figure, span, instant]);
  },
);

test('every language says its own name, and all that is said is said in each', () => {
  for (const language of LANGUAGES) {
    const words = WORDS[language];
    expect(words.language).toBe(language);
    expect(JSON.stringify(words)).not.toMatch(/""/);
  }
  expect(new Set(LANGUAGES.map((language) => WORDS[language].invoice)).size).toBe(LANGUAGES.length);
});
