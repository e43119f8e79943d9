import { minorDigits, type Money } from '@billingrails/money';

/**
 * Digits after the point that Stripe counts a currency in, where they are others than ISO 4217's:
 * https://docs.stripe.com/currencies#special-cases. The two that it once counted in hundredths stay so, always whole.
 */
const DIGITS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** What an amount of three digits must be a multiple of, in its smallest unit. */
const STEP_OF_THREE_DIGITS = 10n;

function digitsOf(currencyCode: string): number {
  return DIGITS[currencyCode] ?? minorDigits(currencyCode);
}

/** How many of Stripe's units a minor unit is, as a fraction. */
function scaleOf(currencyCode: string): { readonly by: bigint; readonly over: bigint } {
  const more = digitsOf(currencyCode) - minorDigits(currencyCode);
  return more >= 0 ? { by: 10n ** BigInt(more), over: 1n } : { by: 1n, over: 10n ** BigInt(-more) };
}

/** The least amount of at least so much that Stripe takes: of KWD hundredths, of MGA whole ones, of others the same. */
export function takeable({ currencyCode, minorUnits }: Money): Money {
  const { over } = scaleOf(currencyCode);
  const step = digitsOf(currencyCode) === 3 ? STEP_OF_THREE_DIGITS : over;
  return { currencyCode, minorUnits: ((minorUnits + step - 1n) / step) * step };
}

/** The most of at most so much that Stripe takes. */
export function takeableWithin(amount: Money): Money {
  const { currencyCode, minorUnits } = takeable(amount);
  if (minorUnits <= amount.minorUnits) return amount;
  const step = digitsOf(currencyCode) === 3 ? STEP_OF_THREE_DIGITS : scaleOf(currencyCode).over;
  return { currencyCode, minorUnits: minorUnits - step };
}

/** In Stripe's unit, as its API wants it. The amount is takeable. */
export function toStripeAmount({ currencyCode, minorUnits }: Money): number {
  const { by, over } = scaleOf(currencyCode);
  return Number((minorUnits * by) / over);
}

export function fromStripeAmount(amount: number, currency: string): Money {
  const currencyCode = currency.toUpperCase();
  const { by, over } = scaleOf(currencyCode);
  return { currencyCode, minorUnits: (BigInt(amount) * over) / by };
}
