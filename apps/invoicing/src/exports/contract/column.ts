import { decimalText, moneyText, type Decimal } from '@billingrails/money';
import { timeText, type Cell, type ColumnOf } from '@billingrails/rpc';

type Found<R, V> = (row: R) => V | undefined;

/** Columns of rows of a kind, by how their values are written. */
export function columnsOf<R>(currencyOf: (row: R) => string) {
  const written =
    <V>(kind: ColumnOf<R>['kind'], write: (value: V, row: R) => Cell) =>
    (name: string, find: Found<R, V>): ColumnOf<R> => ({
      ...{ name, kind },
      cell(row) {
        const value = find(row);
        return value === undefined ? undefined : write(value, row);
      },
    });
  return {
    /** Empty text is as good as none. */
    text: written<string>('text', (value) => (value === '' ? undefined : value)),
    /** In major units with the currency's minor digits. */
    money: written<bigint>('number', (minorUnits, row) =>
      moneyText({ currencyCode: currencyOf(row), minorUnits }),
    ),
    decimal: written<Decimal>('number', decimalText),
    count: written<bigint | number>('number', String),
    time: written<number>('time', timeText),
    flag: written<boolean>('flag', (value) => value),
  };
}
