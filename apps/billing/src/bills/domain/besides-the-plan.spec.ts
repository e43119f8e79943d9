import { decimal, moneyText } from '@billingrails/money';
import type { Fact, FactContent, Proration } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
} from './testing/ledger';

/** What a subscription has beside its plan, in April of 2024, which has 30 days; figures of other systems are named. */
const usd = (minorUnits: bigint) => moneyText({ currencyCode: 'USD', minorUnits });
const april = (day: number) => Date.UTC(2024, 3, day);
const meter = () => ({ quantity: decimal(0n), eventCount: 0n });

const advance = { inAdvance: true };
const plan = planOf(
  'plan',
  feeOf('base', flat('30'), advance),
  feeOf('seats', perUnit('60'), { ...advance, byQuantity: true }),
  feeOf('set-up', flat('99'), { once: true }),
);
const addOn = {
  ...planOf(
    'add-on',
    feeOf('devices', perUnit('100'), { ...advance, byQuantity: true }),
    feeOf('support', flat('15')),
    feeOf('delivery', perUnit('7'), { once: true, byQuantity: true }),
  ),
  role: 'add_on' as const,
};
const second = { ...addOn, version: 2, fees: addOn.fees.slice(0, 2) };

/** The lines of every bill, each made when something falls due: at changes, and at the ends of April. */
function linesOf(...facts: Fact[]): string[] {
  const ledger = newLedger();
  const instants = [april(1), ...facts.map(({ effectiveMs }) => effectiveMs), april(31) - 1];
  const lines: string[] = [];
  for (const ms of [...new Set(instants)].sort((a, b) => a - b)) {
    const known = facts.filter(({ knownMs }) => knownMs <= ms);
    const entries = ledger.bill(agreementOf([plan, addOn, second], ...known), ms, meter);
    const isApril = ({ charge }: (typeof entries)[number]) => charge.cycle === 3;
    for (const { charge, lines: own } of entries.filter(isApril))
      for (const { minorUnits, reason = '', kind } of own)
        lines.push([charge.description, kind, reason, usd(minorUnits)].join(' '));
  }
  return lines;
}

const first = ['base recurring  30.00', 'seats recurring  60.00'];
const said = (day: number, content: FactContent) => factAt(april(day), content, april(day));
const attached = (day: number, count: number, proration: Proration = 'day', version = 1) => {
  const ref = planRefOf('add-on', version);
  return said(day, { kind: 'add_on_changed', ...ref, quantity: decimal(count), proration });
};
const priced = (day: number, name: string, amount: string, proration: Proration = 'day') =>
  said(day, {
    ...{ kind: 'fee_changed', feeId: feeIdOf(name), removed: false, proration },
    price: name === 'seats' ? perUnit(amount) : flat(amount),
  });
const removed = (day: number, name: string) =>
  said(day, { kind: 'fee_changed', feeId: feeIdOf(name), removed: true, proration: 'day' });
const listed = (day: number, name: string) =>
  said(day, { kind: 'fee_changed', feeId: feeIdOf(name), removed: false, proration: 'day' });

test.each<readonly [string, Fact[], string[]]>([
  [
    'meteroid: three devices of 100.00 from the 16th are 150.00; what is charged once is charged whole',
    [attached(16, 3)],
    ['devices recurring add_on_changed 150.00', 'delivery one_off  21.00'],
  ],
  [
    'what is detached on the 16th is credited for the rest; what is in arrear is charged until then',
    [attached(1, 1), attached(16, 0)],
    [
      'devices recurring  100.00',
      'delivery one_off  7.00',
      'devices adjustment add_on_changed -50.00',
    ],
  ],
  [
    'another quantity credits and charges what is by quantity, and charges nothing once again',
    [attached(1, 1), attached(16, 2)],
    [
      'devices recurring  100.00',
      'delivery one_off  7.00',
      'devices adjustment add_on_changed -50.00',
      'devices adjustment add_on_changed 100.00',
    ],
  ],
  [
    'what is detached and attached again is charged once again',
    [attached(1, 1), attached(11, 0), attached(21, 1)],
    [
      'devices recurring  100.00',
      'delivery one_off  7.00',
      'devices adjustment add_on_changed -66.67',
      'devices adjustment add_on_changed 33.34',
      'delivery adjustment add_on_changed 7.00',
    ],
  ],
  [
    'another version with the same fees is no difference',
    [attached(1, 1), attached(16, 1, 'day', 2)],
    ['devices recurring  100.00', 'delivery one_off  7.00'],
  ],
  [
    'without proration what recurs begins with the next cycle, what is charged once at once',
    [attached(16, 1, 'none')],
    ['delivery one_off  7.00'],
  ],
  [
    'a price for one subscription from the 16th on, and what is listed again from the 21st on',
    [priced(16, 'base', '60'), listed(21, 'base')],
    [
      'base adjustment fee_changed -15.00',
      'base adjustment fee_changed 30.00',
      'base adjustment fee_changed -20.00',
      'base adjustment fee_changed 10.00',
    ],
  ],
  [
    'a fee that is removed is credited for the rest',
    [removed(16, 'seats')],
    ['seats adjustment fee_changed -30.00'],
  ],
  [
    'a price holds for the fee of an add-on, too, also where it is attached later',
    [priced(1, 'devices', '40'), attached(16, 1)],
    ['devices recurring add_on_changed 20.00', 'delivery one_off  7.00'],
  ],
])('%s', (_what, facts, lines) => {
  const [beginning, rest] = [linesOf().slice(0, 2), linesOf(...facts)];
  expect(beginning).toEqual(first);
  const isIn = (line: string) => first.includes(line);
  expect(rest.filter((line) => !isIn(line) && !line.startsWith('support'))).toEqual(lines);
});
