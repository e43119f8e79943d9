import { parseMoney, type Money } from '@billingrails/money';
import { fromStripeAmount, takeable, takeableWithin, toStripeAmount } from './stripe-amount';

function money(amount: string, currencyCode: string): Money {
  const parsed = parseMoney(amount, currencyCode);
  if (parsed === undefined) throw new Error(`${amount} ${currencyCode} is no money.`);
  return parsed;
}

test.each([
  ['20.15', 'USD', 2_015],
  ['0.01', 'EUR', 1],
  ['300', 'JPY', 300],
  ['5.120', 'KWD', 5_120],
  ['1000.000', 'BHD', 1_000_000],
  // Counted in hundredths, always whole.
  ['5', 'ISK', 500],
  ['1000', 'UGX', 100_000],
  // ISO gives it two digits, which nobody uses.
  ['12.00', 'MGA', 12],
  ['10.45', 'HUF', 1_045],
  ['10.45', 'TWD', 1_045],
  ['999999999999.99', 'IDR', 99_999_999_999_999],
])('%s %s is %i of what Stripe counts in, and back', (amount, currencyCode, expected) => {
  const whole = money(amount, currencyCode);
  expect(takeable(whole)).toEqual(whole);
  expect(toStripeAmount(whole)).toBe(expected);
  expect(fromStripeAmount(expected, currencyCode.toLowerCase())).toEqual(whole);
});

test.each([
  ['5.123', 'KWD', '5.130', '5.120'],
  ['5.120', 'KWD', '5.120', '5.120'],
  ['0.001', 'TND', '0.010', '0.000'],
  ['10.40', 'MGA', '11.00', '10.00'],
  ['0.01', 'USD', '0.01', '0.01'],
])('of %s %s Stripe takes %s at least, and gives back %s at most', (amount, code, up, down) => {
  expect(takeable(money(amount, code))).toEqual(money(up, code));
  expect(takeableWithin(money(amount, code))).toEqual(money(down, code));
});
