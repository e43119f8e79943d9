import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { rate } from '@billingrails/rating';
import { entriesOf, type Posted } from './bill';
import type { Charge, Part } from './charge';
import { factAt, perUnit } from './testing/ledger';

const meterProfile = { meterId: derivedId('mtr', 'm'), profile: 'calls' };

/** Usage of a span. */
function part(startMs: number, endMs: number, events: bigint): Part {
  const rated = rate(perUnit('1'), { quantity: decimal(events), eventCount: events });
  return { period: { startMs, endMs }, rated, usage: { meterProfile, eventCount: events } };
}

function charge(group: string, ...parts: Part[]): Charge {
  const of = { feeId: derivedId('fee', 'f'), cycle: 0, unit: '', kind: 'usage' } as const;
  return { ...of, id: derivedId('chg', group), group: [group], description: group, parts };
}

test.each([
  ['other groups were billed for', [charge('b', part(0, 10, 1n), part(10, 20, 1n))]],
  ['no group was used in', []],
])(
  'a group that is used late in a span that %s is late usage, whatever changed there',
  (_what, others) => {
    const billed = [charge('a', part(0, 10, 3n)), ...others];
    const posted = new Map(
      billed.map((each): [string, Posted] => [
        each.id,
        { charge: each, roundedMinorUnits: 300n, billId: derivedId('bill', '1') },
      ]),
    );
    const late = charge('a', part(0, 10, 3n), part(10, 20, 2n));
    const facts = [
      factAt(10, { kind: 'quantity_changed', quantity: decimal(2n), proration: 'none' }),
    ];
    const input = { expected: [late], posted, facts, concerns: () => true, currencyCode: 'USD' };
    const [entry] = entriesOf(input);
    expect(entry?.lines.map(({ kind, reason, minorUnits }) => [kind, reason, minorUnits])).toEqual([
      ['adjustment', 'late_usage', 200n],
    ]);
  },
);
