import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AlertDirection,
  AlertPeriod,
  type AlertEvent,
} from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import Table from 'cli-table3';

/** A threshold that was passed. */
export interface AlertFigure {
  readonly alert: string;
  readonly account: string;
  readonly threshold: string;
  readonly value: string;
}

/** Within May, after all that `playChanges` tells of. */
const USED = '2026-05-01T00:30:00Z';

/**
 * Watches the account of `playCredits`: its prepaid minutes have burned down already, so that alert fires at once; the
 * other with events that are sent then. Both are the same on a platform that was kept.
 */
export async function playAlerts(clients: Clients, accountId: string): Promise<AlertFigure[]> {
  const { alerts, credits, events, meters } = clients;
  const { creditUnits } = await credits.listCreditUnits({});
  const { meters: all } = await meters.listMeters({});
  const low = await alerts.createAlert({
    ...{ name: 'Prepaid minutes run out', accountId, requestId: 'alerts-low' },
    figure: {
      figure: { case: 'creditBalance', value: { creditUnitId: creditUnits[0]?.id ?? '' } },
    },
    thresholds: [{ value: '100', direction: AlertDirection.DOWN }],
  });
  const meterProfile = { meterId: all[0]?.id ?? '', profile: 'minutes' };
  const much = await alerts.createAlert({
    ...{ name: 'Many minutes in a month', accountId, requestId: 'alerts-much' },
    figure: { figure: { case: 'usage', value: { meterProfile, period: AlertPeriod.MONTH } } },
    thresholds: [{ value: '250' }],
  });
  const properties = { billingrails_account_id: accountId, minutes: 300 };
  const timestamp = timestampFromMs(Date.parse(USED));
  await events.ingestEvents({
    events: [{ eventName: 'Rendered', idempotencyKey: 'alerts-may', timestamp, properties }],
  });
  const figures = [];
  for (const { alert } of [low, much])
    figures.push(figureOf(await firstOf(clients, alert?.id ?? '')));
  return figures;
}

function firstOf({ alerts }: Clients, alertId: string): Promise<AlertEvent> {
  return until('an alert fires', async () => {
    const { alertEvents } = await alerts.listAlertEvents({ alertId, pageSize: 1 });
    return alertEvents[0];
  });
}

function figureOf({ alertName, accountId, threshold, value }: AlertEvent): AlertFigure {
  const isDown = threshold?.direction === AlertDirection.DOWN;
  return {
    ...{ alert: alertName, account: accountId, value },
    threshold: `${isDown ? 'down to' : 'up to'} ${threshold?.value ?? ''}`,
  };
}

/** The table for people. */
export function printAlerts(figures: readonly AlertFigure[]): void {
  const table = new Table({
    head: ['Alert', 'Account', 'Threshold', 'It was'],
    colAligns: ['left', 'left', 'left', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  table.push(
    ...figures.map(({ alert, account, threshold, value }) => [alert, account, threshold, value]),
  );
  console.log(`\nAlerts that have fired (AlertService.ListAlertEvents)\n${table}`);
}
