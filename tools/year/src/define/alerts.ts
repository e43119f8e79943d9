import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AlertDirection,
  AlertPeriod,
  type AlertFigureSchema,
} from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import type { FigureBook, History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { CreditUnit } from './credit-units';
import { profileOf } from './meters';

const { BILLING_CYCLE, WEEK, MONTH } = AlertPeriod;
const PERIODS = { cycle: BILLING_CYCLE, week: WEEK, month: MONTH };
const DIRECTIONS = { up: AlertDirection.UP, down: AlertDirection.DOWN };

/** Creates the alerts; their ids by their names. */
export async function defineAlerts(
  clients: Clients,
  { alerts = [] }: History,
  meters: ReadonlyMap<string, string>,
  creditUnits: ReadonlyMap<string, CreditUnit>,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { name, account: accountId = '', figure, thresholds } of alerts) {
    const request = {
      ...{ name, accountId, requestId: name, figure: figureOf(figure, meters, creditUnits) },
      thresholds: thresholds.map(({ value, direction }) => {
        return { value, direction: DIRECTIONS[direction] };
      }),
    };
    const { alert } = await steadily(() => clients.alerts.createAlert(request));
    if (alert === undefined) throw new Error('The alert was not returned.');
    ids.set(name, alert.id);
  }
  return ids;
}

function figureOf(
  figure: FigureBook,
  meters: ReadonlyMap<string, string>,
  creditUnits: ReadonlyMap<string, CreditUnit>,
): MessageInitShape<typeof AlertFigureSchema> {
  switch (figure.kind) {
    case 'usage': {
      const { usage, period } = figure;
      const meterId = meters.get(usage.event) ?? '';
      const meterProfile = { meterId, profile: profileOf(usage) };
      return { figure: { case: 'usage', value: { meterProfile, period: PERIODS[period] } } };
    }
    case 'spend':
      return { figure: { case: 'spend', value: { currencyCode: figure.currency } } };
    case 'balance': {
      const creditUnitId = creditUnits.get(figure.unit)?.id ?? '';
      return { figure: { case: 'creditBalance', value: { creditUnitId } } };
    }
  }
}
