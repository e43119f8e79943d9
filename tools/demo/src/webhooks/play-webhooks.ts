import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { WebhookDeliveryStatus } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import Table from 'cli-table3';
import { Receiver, type WebhookFigure } from './receiver';

const NEVER = '2000-01-01T00:00:00Z';

/**
 * Plays a story while a receiver on this machine is told of it, and gives what came: at least that each of the story's
 * invoices was finalized. Played again on a platform that was kept, the same events are sent once more.
 */
export async function playWebhooks<T>(
  clients: Clients,
  story: () => Promise<T>,
): Promise<{ readonly played: T; readonly webhooks: readonly WebhookFigure[] }> {
  const receiver = new Receiver();
  const url = await receiver.listen();
  try {
    const webhookEndpointId = await pointTo(clients, url, receiver);
    const played = await story();
    const { invoices } = await clients.invoices.listInvoices({});
    await until('every invoice to be told of', () =>
      Promise.resolve(
        invoices.every(({ id }) => receiver.hasHeard('invoice.finalized', id)) || undefined,
      ),
    );
    await until('all webhooks to be taken', async () => {
      const pending = { webhookEndpointId, status: WebhookDeliveryStatus.PENDING };
      const { webhookDeliveries } = await clients.webhookDeliveries.listWebhookDeliveries(pending);
      return webhookDeliveries.length === 0 || undefined;
    });
    return { played, webhooks: receiver.figures() };
  } finally {
    receiver.close();
  }
}

/** Creates the endpoint; one that an earlier run has left is pointed here, and sent all of its events again. */
async function pointTo(clients: Clients, url: string, receiver: Receiver): Promise<string> {
  const { webhookEndpoints: endpoints, webhookDeliveries: deliveries } = clients;
  const webhookEndpoint = { url, description: 'The demo' };
  const [there] = (await endpoints.listWebhookEndpoints({})).webhookEndpoints;
  if (there === undefined) {
    const made = await endpoints.createWebhookEndpoint({ webhookEndpoint });
    receiver.verifyBy(made.secret);
    return made.webhookEndpoint?.id ?? '';
  }
  const of = { webhookEndpointId: there.id };
  receiver.verifyBy((await endpoints.rotateWebhookSecret({ ...of, overlapHours: 0 })).secret);
  await endpoints.updateWebhookEndpoint({ ...of, webhookEndpoint });
  const startTime = timestampFromMs(Date.parse(NEVER));
  let pageToken = '';
  do {
    const page = await deliveries.replayWebhookEvents({ ...of, startTime, pageToken });
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return there.id;
}

/** The table for people. */
export function printWebhooks(figures: readonly WebhookFigure[]): void {
  const table = new Table({
    head: ['Webhook', 'Received', 'Verified'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  table.push(...figures.map(({ type, received, verified }) => [type, received, verified]));
  console.log(`\nTold to a receiver on this machine, signed (WebhookEndpointService)\n${table}`);
}
