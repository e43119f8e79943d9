import { MONTH_START, type Requests, type World } from '../story';

/** Webhook endpoints and what is sent to them. */
export const webhookRequests: Requests = {
  'WebhookEndpointService.CreateWebhookEndpoint': (_world, label) => ({
    webhook_endpoint: { ...webhookEndpoint(label), disabled: false },
  }),
  'WebhookEndpointService.GetWebhookEndpoint': ofWebhookEndpoint,
  'WebhookEndpointService.ListWebhookEndpoints': () => ({}),
  'WebhookEndpointService.RotateWebhookSecret': ofWebhookEndpoint,
  'WebhookEndpointService.SendTestWebhook': ofWebhookEndpoint,
  'WebhookDeliveryService.ListWebhookDeliveries': ofWebhookEndpoint,
  'WebhookDeliveryService.GetWebhookDelivery': ofWebhookDelivery,
  'WebhookDeliveryService.ReplayWebhookDelivery': ofWebhookDelivery,
  'WebhookDeliveryService.ReplayWebhookEvents': (world) => ({
    ...{ ...ofWebhookEndpoint(world), start_time: MONTH_START },
  }),
  // From then on nothing is sent, so that its log stays as it is.
  'WebhookEndpointService.UpdateWebhookEndpoint': (world, label) => ({
    ...{ ...ofWebhookEndpoint(world), webhook_endpoint: webhookEndpoint(label) },
  }),
  'WebhookEndpointService.DeleteWebhookEndpoint': (world, label) =>
    label === 'first'
      ? { webhook_endpoint_id: world.spareWebhookEndpoint }
      : ofWebhookEndpoint(world),
};

/** Nobody listens there. */
export function webhookEndpoint(label: string): object {
  return { url: 'http://127.0.0.1:1/', description: `${label} endpoint`, disabled: true };
}

function ofWebhookEndpoint(world: World): object {
  return { webhook_endpoint_id: world.webhookEndpoint };
}

function ofWebhookDelivery(world: World): object {
  return { webhook_delivery_id: world.webhookDelivery };
}
