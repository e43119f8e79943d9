import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { UnbilledReason } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import {
  InvoiceStatus,
  type Invoice,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import { advanceClock } from './clock';
import type { Scenario } from './scenario/scenario';

/** One row of the usage table; `value` is empty where there is none (max, min and latest without events). */
export interface UsageFigure {
  readonly account: string;
  readonly meter: string;
  readonly profile: string;
  readonly value: string;
}

/** The month's usage of every account and profile, once everything acknowledged so far is counted. */
export async function collectUsage(
  clients: Clients,
  scenario: Scenario,
  meters: readonly Meter[],
): Promise<UsageFigure[]> {
  const figures: UsageFigure[] = [];
  for (const meter of meters) {
    for (const profile of meter.profiles) {
      const { rows } = await clients.usage.queryUsage({
        meterId: meter.id,
        profile: profile.code,
        accountIds: scenario.accounts.map(({ id }) => id),
        startTime: timestampFromMs(scenario.month.startMs),
        endTime: timestampFromMs(scenario.month.endMs),
        waitForAcknowledged: true,
      });
      figures.push(
        ...rows.map(({ accountId, value }) => ({
          account: accountId,
          meter: meter.name,
          profile: profile.code,
          value,
        })),
      );
    }
  }
  return figures;
}

/** An account that events name and that nobody is billed for. */
export interface UnbilledFigure {
  readonly account: string;
  readonly reason: string;
  readonly events: number;
  /** By meter, as far as there is any. */
  readonly usage: readonly Omit<UsageFigure, 'account'>[];
  /** The accounts that it looks like. */
  readonly near: readonly string[];
}

const reasons: Record<UnbilledReason, string> = {
  [UnbilledReason.UNSPECIFIED]: '',
  [UnbilledReason.UNKNOWN_ACCOUNT]: 'no such account',
  [UnbilledReason.NO_SUBSCRIPTION]: 'no subscription',
  [UnbilledReason.SUBSCRIPTION_ENDED]: 'its subscription has ended',
};

/** Everyone that is used and not billed. */
export async function collectUnbilled(clients: Clients): Promise<UnbilledFigure[]> {
  const figures: UnbilledFigure[] = [];
  let pageToken = '';
  do {
    const page = await clients.accounts.listUnbilledAccounts({ pageToken });
    figures.push(
      ...page.accounts.map(({ accountId, reason, eventCount, usages, nearAccountIds }) => ({
        account: accountId,
        reason: reasons[reason],
        events: Number(eventCount),
        usage: usages.map(({ meterName, profile, quantity }) => ({
          meter: meterName,
          profile,
          value: quantity,
        })),
        near: nearAccountIds,
      })),
    );
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return figures;
}

/** How long usage may still arrive after the month's end. */
const GRACE_MS = 3_600_000;

/** Moves the clock to when the month's grace is over and waits until all that is due by then is closed. */
export function closeMonth(clients: Clients, { name, month }: Scenario): Promise<void> {
  return advanceClock(clients, timestampFromMs(month.endMs + GRACE_MS), `${name}-close`);
}

/** The finalized invoice of each account, as soon as it is there. */
export async function collectInvoices(clients: Clients, scenario: Scenario): Promise<Invoice[]> {
  const invoices: Invoice[] = [];
  for (const { id } of scenario.accounts) {
    invoices.push(
      await until(`the invoice of ${id} is finalized`, async () => {
        const page = await clients.invoices.listInvoices({
          accountId: id,
          status: InvoiceStatus.FINALIZED,
        });
        return page.invoices.at(-1);
      }),
    );
  }
  return invoices;
}
