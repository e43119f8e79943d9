import { decimal } from '@billingrails/money';
import { reachesThreshold, thresholdViolations, type UsageThresholds } from './usage-thresholds';

const once: UsageThresholds = { amounts: [decimal('50'), decimal('100')] };
const again: UsageThresholds = { ...once, furtherStep: decimal('30') };

test.each([
  ['below the first', once, 0n, 4999n, false],
  ['at the first', once, 0n, 5000n, true],
  ['billed at the first', once, 5000n, 9999n, false],
  ['two at once', once, 0n, 12000n, true],
  ['billed beyond the last', once, 10000n, 99999n, false],
  ['taken back and reached again', once, 6000n, 6000n, false],
  ['below the next further step', again, 10000n, 12999n, false],
  ['at the next further step', again, 10000n, 13000n, true],
  ['billed at a further step', again, 13000n, 15999n, false],
  ['several further steps at once', again, 13001n, 22000n, true],
  ['less than was billed', again, 22000n, 100n, false],
])('%s', (_, thresholds, billed, owed, expected) => {
  expect(reachesThreshold(thresholds, { billed, owed, currencyCode: 'USD' })).toBe(expected);
});

test('every fault is named by its path', () => {
  const wrong = {
    amounts: ['0', '5', '5', '7.001'].map((text) => decimal(text)),
    furtherStep: decimal(0n),
  };
  const fields = (thresholds: UsageThresholds) =>
    thresholdViolations(thresholds, 'USD', 'it').map(({ field }) => field);
  expect(fields(wrong)).toEqual([
    ...['it.amounts[0]', 'it.amounts[2]', 'it.amounts[3]'],
    'it.further_step',
  ]);
  expect(fields({ amounts: [], furtherStep: decimal(1n) })).toEqual(['it.further_step']);
  expect(fields({ amounts: [] })).toEqual([]);
});
