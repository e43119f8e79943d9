import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { agreementOf, factAt, feeOf, flat, newLedger, planOf } from './testing/ledger';

const day = (date: number) => Date.UTC(2024, 0, date);
const byHand = (name: string, date: number) =>
  factAt(day(date), {
    kind: 'one_off',
    chargeId: derivedId('chg', name),
    description: name,
    amount: decimal('-5'),
    billed: 'now',
  });

test('each amount by hand is a line of its own kind, also when its cycle has been billed another before', () => {
  const plans = [planOf('plan', feeOf('base', flat('10')))];
  const [first, second] = [byHand('first', 10), byHand('second', 20)];
  const ledger = newLedger();
  const meter = () => ({ eventCount: 0n });
  const told = (date: number, ...facts: (typeof first)[]) =>
    ledger
      .bill(agreementOf(plans, ...facts), day(date), meter)
      .flatMap(({ charge, lines }) =>
        lines.map(({ kind, reason }) => [charge.description, kind, reason]),
      );
  expect(told(10, first)).toEqual([['first', 'one_off', undefined]]);
  expect(told(20, first, second)).toEqual([['second', 'one_off', undefined]]);
});
