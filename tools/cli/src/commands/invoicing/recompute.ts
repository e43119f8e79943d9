import { Decimal, decimal } from '@billingrails/money';
import { objectsIn } from '../../context';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';

/** An event as an explanation has it. */
export type VerifiedEvent = JsonObject;

const SHARE_DIGITS = 36;
const AVERAGE_DIGITS = 18;

/**
 * What the events of a profile come to, counted from each event's value. Undefined where it takes more than their
 * values: levels over time, recurring profiles, hours or days that are aggregated first.
 */
export function quantityOf(
  profile: JsonObject,
  events: readonly VerifiedEvent[],
): string | undefined {
  const window = profile['aggregation_time_window'];
  const isPlain = window === undefined || window === 'AGGREGATION_TIME_WINDOW_NONE';
  if (!isPlain || profile['recurring'] === true || events.some(({ carried }) => carried === true)) {
    return undefined;
  }
  const values = events.map(({ value }) => String(value ?? ''));
  const compute = METHODS[String(profile['aggregation_method'])];
  return compute?.(values);
}

const METHODS: Readonly<Record<string, (values: readonly string[]) => string>> = {
  AGGREGATION_METHOD_COUNT: (values) => String(values.length),
  AGGREGATION_METHOD_COUNT_UNIQUE: (values) => String(new Set(values).size),
  AGGREGATION_METHOD_SUM: (values) => sumOf(values).toString(),
  AGGREGATION_METHOD_AVERAGE: (values) =>
    values.length === 0
      ? '0'
      : sumOf(values)
          .divide(decimal(String(values.length)), AVERAGE_DIGITS, 'half')
          .toString(),
  AGGREGATION_METHOD_MAX: (values) => extreme(values, (a, b) => a.gt(b)),
  AGGREGATION_METHOD_MIN: (values) => extreme(values, (a, b) => a.lt(b)),
};

function sumOf(values: readonly string[]): Decimal {
  return values.reduce((sum, value) => sum.add(decimal(value)), decimal('0'));
}

function extreme(values: readonly string[], isBetter: (a: Decimal, b: Decimal) => boolean): string {
  const [first, ...rest] = values.map((value) => decimal(value));
  return (
    rest.reduce((best, each) => (best && isBetter(each, best) ? each : best), first) ?? decimal('0')
  ).toString();
}

/**
 * A line's amount before rounding, from its arithmetic: the sum of its steps, of it the share of the cycle, negated
 * where it is credited, less what was billed before. The share is sum × end ÷ end_of − sum × start ÷ start_of, each
 * to 36 digits after the point, as the contract says.
 */
export function exactAmountOf(line: JsonObject): string {
  const steps = objectsIn(line['steps']).map(({ amount }) => String(amount ?? '0'));
  const whole = sumOf(steps);
  const { share } = line;
  const part = isObject(share)
    ? shareOf(whole, share['end'], share['end_of']).sub(
        shareOf(whole, share['start'], share['start_of']),
      )
    : whole;
  const signed = line['credited'] === true ? decimal('0').sub(part) : part;
  return signed.sub(decimal(String(line['billed_amount'] || '0'))).toString();
}

function shareOf(whole: Decimal, units: unknown, of: unknown): Decimal {
  const part = whole.mul(decimal(String(units ?? '0')));
  return part.divide(decimal(String(of ?? '1')), SHARE_DIGITS, 'half');
}
