import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  Money as MoneyMessage,
  MoneySchema,
} from '@billingrails/contracts/billingrails/common/v1/money_pb';
import { invalid, type Violation } from '@billingrails/errors';
import { isCurrency, minorDigits, moneyText, parseMoney, type Money } from '@billingrails/money';

export function moneyToProto(money: Money): MessageInitShape<typeof MoneySchema> {
  return { currencyCode: money.currencyCode, amount: moneyText(money) };
}

/** Why a message cannot be money of at least so many minor units; none: it can. */
export function moneyViolations(
  { currencyCode, amount }: MoneyMessage,
  field: string,
  minimum: bigint,
): Violation[] {
  const fault = (path: string, description: string) => [{ field: `${field}.${path}`, description }];
  if (!isCurrency(currencyCode))
    return fault('currency_code', `must be an ISO 4217 code, not "${currencyCode}"`);
  const money = parseMoney(amount, currencyCode);
  if (money === undefined)
    return fault('amount', `must have at most ${minorDigits(currencyCode)} digits after the point`);
  if (money.minorUnits >= minimum) return [];
  return fault('amount', minimum > 0n ? 'must be above 0' : 'must not be below 0');
}

/** Throws a DomainError invalid where it is no money of at least so many minor units. */
export function moneyFromProto(message: MoneyMessage, field: string, minimum = 1n): Money {
  const violations = moneyViolations(message, field, minimum);
  const money = parseMoney(message.amount, message.currencyCode);
  if (violations.length > 0 || money === undefined)
    throw invalid('AMOUNT_INVALID', 'The amount cannot be taken.', violations);
  return money;
}
