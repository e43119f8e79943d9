import type { Violation } from '@billingrails/errors';
import { isCurrency, minorDigits } from '@billingrails/money';
import { thresholdKey, type Alert, type AlertFigure, type AlertPeriod } from './alert';

/** What is to be watched, as it was asked for: what it names may not exist. */
export type FigureDraft =
  | {
      readonly kind: 'usage';
      readonly meterProfile: { readonly meterId: string; readonly profile: string };
      readonly period: AlertPeriod;
    }
  | Extract<AlertFigure, { kind: 'spend' | 'forecast' }>
  | { readonly kind: 'credit_balance'; readonly creditUnitId: string }
  | { readonly kind: 'limit_share'; readonly featureId: string };

/** What is wrong with an alert; empty when nothing is. */
export function alertViolations({
  accountId,
  figure,
  thresholds,
}: Pick<Alert, 'accountId' | 'figure' | 'thresholds'>): Violation[] {
  const keys = thresholds.map(thresholdKey);
  const isMoney = figure.kind === 'spend' || figure.kind === 'forecast';
  const isKnown = !isMoney || isCurrency(figure.currencyCode);
  const violations: Violation[] = [];
  if (isMoney && !isKnown)
    violations.push({
      field: `figure.${figure.kind}.currency_code`,
      description: 'must be the ISO 4217 code of a currency',
    });
  if (isMoney && figure.includeChildren && accountId === undefined)
    violations.push({
      field: `figure.${figure.kind}.include_children`,
      description: 'needs an account_id: of every account each counts by itself',
    });
  for (const [index, { value, direction, stopsAccess }] of thresholds.entries()) {
    const field = `thresholds[${index}]`;
    if (keys.indexOf(keys[index] ?? '') < index)
      violations.push({ field, description: 'stands before with the same value and direction' });
    if (isMoney && isKnown && value.fractionDigits() > minorDigits(figure.currencyCode))
      violations.push({
        field: `${field}.value`,
        description: `must be whole minor units of ${figure.currencyCode}`,
      });
    if (stopsAccess && !(isMoney && direction === 'up'))
      violations.push({
        field: `${field}.stops_access`,
        description: 'is only for spend and forecast that rise',
      });
  }
  return violations;
}
