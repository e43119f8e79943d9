import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { Share } from '@billingrails/time';
import type { Fact, Proration } from './fact';
import { stretchesOf } from './terms';

const START_MS = Date.UTC(2024, 0, 1);
const HOURS = 31n * 24n;
const january = { startMs: START_MS, endMs: Date.UTC(2024, 1, 1) };
const cycle = { number: 0, period: january, whole: january };

const at = (text: string) => Date.parse(`2024-01-${text}:00Z`);
const factAt = (text: string) => ({ effectiveMs: at(text), knownMs: at(text) });

const change = (text: string, proration: Proration): Fact => ({
  ...{ kind: 'quantity_changed', quantity: decimal(2), proration },
  ...factAt(text),
});
const correction = (text: string): Fact => ({
  ...{ kind: 'price_corrected', feeId: derivedId('fee', 'fee'), note: 'it was wrong' },
  price: { kind: 'flat', amount: decimal(1) },
  ...factAt(text),
});
const subscribed: Fact = {
  ...{ kind: 'subscribed', planId: derivedId('plan', 'plan'), planVersion: 1 },
  ...{ quantity: decimal(1), proration: 'second' },
  ...factAt('01T00:00'),
};

/** A place in January as date and hour. */
const hourOf = ({ part, whole }: Share) => {
  const hours = (part * HOURS) / whole;
  return `${hours / 24n + 1n}, ${hours % 24n} h`;
};

test.each<[what: string, facts: readonly Fact[], places: readonly string[]]>([
  ['by days, a change counts from where its date begins', [change('16T15:00', 'day')], ['16, 0 h']],
  [
    'two by days on one date have nothing between them',
    [change('16T14:00', 'day'), change('16T15:00', 'day')],
    ['16, 0 h', '16, 0 h'],
  ],
  [
    'by days after one by the exact time, no earlier than that',
    [change('16T14:00', 'second'), change('16T15:00', 'day')],
    ['16, 14 h', '16, 14 h'],
  ],
  [
    'by days and then by the exact time, each where it says',
    [change('16T14:00', 'day'), change('16T15:00', 'second')],
    ['16, 0 h', '16, 15 h'],
  ],
  [
    'of several the latest place so far holds',
    [change('16T10:00', 'second'), change('16T12:00', 'day'), change('16T14:00', 'day')],
    ['16, 10 h', '16, 10 h', '16, 10 h'],
  ],
  [
    'of two at one instant the last says how',
    [change('16T14:00', 'day'), change('16T14:00', 'second')],
    ['16, 14 h'],
  ],
  [
    'of two at one instant the last says how, by days too',
    [change('16T14:00', 'second'), change('16T14:00', 'day')],
    ['16, 0 h'],
  ],
  [
    'one without proration is no cut',
    [change('16T14:00', 'none'), change('16T15:00', 'day')],
    ['16, 0 h'],
  ],
  ['a correction is at its exact time', [correction('16T14:00')], ['16, 14 h']],
  [
    'a correction moves no change that comes after it on its date',
    [correction('16T14:00'), change('16T15:00', 'day')],
    ['16, 0 h', '16, 0 h'],
  ],
  [
    'a correction lies between the changes around it',
    [change('16T10:00', 'second'), correction('16T14:00'), change('16T15:00', 'day')],
    ['16, 10 h', '16, 10 h', '16, 10 h'],
  ],
  [
    'a correction at the instant of a change is where the change is',
    [correction('16T14:00'), change('16T14:00', 'day')],
    ['16, 0 h'],
  ],
])('places in a cycle never go backwards: %s', (_what, facts, places) => {
  const stretches = stretchesOf([subscribed, ...facts], cycle, 'UTC', { recurring: true });
  const bounds = stretches.slice(1).map(({ from }) => hourOf(from));
  expect(bounds).toEqual(places);
  expect(stretches.slice(0, -1).map(({ until }) => hourOf(until))).toEqual(places);
});

test('no change lies before the beginning of a short first cycle', () => {
  const period = { startMs: at('16T10:00'), endMs: january.endMs };
  const facts = [{ ...subscribed, ...factAt('16T10:00') }, change('16T15:00', 'day')];
  const stretches = stretchesOf(facts, { ...cycle, period }, 'UTC', { recurring: true });
  expect(stretches.map(({ from }) => hourOf(from))).toEqual(['16, 10 h', '16, 10 h']);
});

test('in a month with a day of 25 hours the exact time soon after midnight is no earlier than the date', () => {
  const whole = {
    startMs: Date.parse('2024-10-01T00:00+02:00'),
    endMs: Date.parse('2024-11-01T00:00+01:00'),
  };
  const early = (text: string, proration: Proration) => {
    const ms = Date.parse(text);
    return { ...change('02T00:00', proration), effectiveMs: ms, knownMs: ms };
  };
  const facts = [
    { ...subscribed, effectiveMs: whole.startMs },
    early('2024-10-02T00:00+02:00', 'day'),
    early('2024-10-02T00:01+02:00', 'second'),
  ];
  const [, second, third] = stretchesOf(
    facts,
    { number: 0, period: whole, whole },
    'Europe/Berlin',
    { recurring: true },
  );
  expect(second?.from).toEqual({ part: 1n, whole: 31n });
  expect(third?.from).toEqual({ part: 1n, whole: 31n });
});
