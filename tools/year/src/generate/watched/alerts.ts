import type { AlertBook, FigureBook, ThresholdBook } from '@billingrails/recompute';
import { USAGES } from '../catalogue/plans';
import { UNITS } from '../credits';

/** So little below it nothing lies between: of whole calls, of cents, of credits in quarters and thousandths. */
const LITTLE = { usage: '0.5', spend: '0.01', balance: '0.0005' } as const;

/** Of the watched accounts what they use, spend and have left, and of every account what it uses in a month. */
export function alertsOf(accounts: readonly { readonly account: string }[]): AlertBook[] {
  const calls = { kind: 'usage', usage: USAGES.calls } as const;
  const [{ name: unit = '' } = {}] = UNITS;
  return [
    alertOn('calls of everybody', undefined, { ...calls, period: 'month' }, ['4', '12']),
    ...accounts.flatMap(({ account }) => [
      alertOn(`calls of ${account}`, account, { ...calls, period: 'cycle' }, ['3', '8']),
      alertOn(`week of ${account}`, account, { ...calls, period: 'week' }, ['2', '4']),
      alertOn(`spend of ${account}`, account, { kind: 'spend', currency: 'USD' }, ['20', '26']),
      alertOn(`credits of ${account}`, account, { kind: 'balance', unit }, ['1', '5']),
    ]),
  ];
}

/** Each threshold twice: upwards, and downwards from right below it. */
function alertOn(
  name: string,
  account: string | undefined,
  figure: FigureBook,
  values: readonly string[],
): AlertBook {
  const thresholds = values.flatMap((value): ThresholdBook[] => [
    { value, direction: 'up' },
    { value: below(value, LITTLE[figure.kind]), direction: 'down' },
  ]);
  return { name, ...(account === undefined ? {} : { account }), figure, thresholds };
}

/** A whole number less a little. */
function below(value: string, little: string): string {
  const digits = little.length - 2;
  const scale = 10 ** digits;
  const units = Number(value) * scale - Number(little.slice(2));
  return `${Math.floor(units / scale)}.${String(units % scale).padStart(digits, '0')}`;
}
