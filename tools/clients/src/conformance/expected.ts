import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { collectInvoices } from '@billingrails/demo/collect';
import type { Scenario } from '@billingrails/demo/scenario';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { WEBHOOK_EVENT_ID, type Suite } from './define';
import type { Told } from './told';

/** What the services answer to the clients that they have among themselves, and what the suite knows beforehand. */
export async function expectedOf(
  clients: Clients,
  scenario: Scenario,
  { task }: Suite,
): Promise<Told> {
  const usage: Record<string, string> = {};
  const watched: Record<string, string> = {};
  const [first] = task.usage;
  for (const { meter_id: meterId, profile } of task.usage) {
    const query = {
      ...{ meterId, profile, waitForAcknowledged: true, pageSize: 1_000 },
      startTime: timestampFromMs(scenario.month.startMs),
      endTime: timestampFromMs(scenario.month.endMs),
    };
    const { rows } = await steadily(() => clients.usage.queryUsage(query));
    for (const { accountId, value } of rows) {
      usage[`${accountId}/${profile}`] = value;
      if (meterId === first?.meter_id && profile === first.profile)
        watched[`${accountId}/${profile}`] = value;
    }
  }
  const { access } = task;
  const check = { accountId: access.account_id, featureCode: access.feature_code };
  const { allowed, used, remaining } = await steadily(() =>
    clients.entitlements.checkAccess(check),
  );
  const invoices = await collectInvoices(clients, scenario);
  return {
    events: scenario.eventCount,
    refused: { refused: ['properties.billingrails_account_id'] },
    usage,
    watched,
    invoices: Object.fromEntries(
      invoices.map(({ accountId, total }) => [accountId, total?.amount ?? '']),
    ),
    errors: [
      { reason: 'API_KEY_MALFORMED', fields: [] },
      {
        reason: 'EVENTS_INVALID',
        fields: ['events[0].event_name', 'events[0].properties.billingrails_account_id'],
      },
      { reason: 'METER_NOT_FOUND', fields: [] },
    ],
    webhook: [WEBHOOK_EVENT_ID, ''],
    access: { allowed, used, remaining },
  };
}
