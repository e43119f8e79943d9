import type { Command } from 'commander';
import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { callCommand, group, type FieldOption } from '../define';

const ENDPOINT: FieldOption = ['<endpoint>', 'webhook_endpoint_id', 'whe_…'];

export function webhooks(): Command {
  const endpoints = WebhookEndpointService.method;
  const deliveries = WebhookDeliveryService.method;
  return group(
    'webhooks',
    'Where your systems are told of changes.',
    callCommand({
      name: 'list',
      summary: 'Lists endpoints, oldest first.',
      method: endpoints.listWebhookEndpoints,
      shows: 'webhook_endpoints',
      columns: ['id', 'url', 'event_types', 'disabled', 'failing_since_time', 'last_sequence'],
      examples: ['webhooks list'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one endpoint.',
      method: endpoints.getWebhookEndpoint,
      arguments: [ENDPOINT],
      shows: 'webhook_endpoint',
      examples: ['webhooks show whe_01J…'],
    }),
    callCommand({
      name: 'create',
      summary: 'Creates an endpoint and shows its secret, which is not shown again.',
      method: endpoints.createWebhookEndpoint,
      arguments: [['<url>', 'webhook_endpoint.url', 'where to post']],
      options: [
        ['--type <type>', 'webhook_endpoint.event_types', 'only these; may be repeated'],
        ['--description <text>', 'webhook_endpoint.description', 'for people'],
        ['--payload <payload>', 'webhook_endpoint.payload', 'what is sent'],
      ],
      takesData: true,
      examples: ['webhooks create https://example.com/hooks --type invoice.finalized'],
    }),
    callCommand({
      name: 'delete',
      summary: 'Deletes an endpoint.',
      method: endpoints.deleteWebhookEndpoint,
      arguments: [ENDPOINT],
      examples: ['webhooks delete whe_01J…'],
    }),
    callCommand({
      name: 'test',
      summary: 'Sends a test event to an endpoint.',
      method: endpoints.sendTestWebhook,
      arguments: [ENDPOINT],
      shows: 'webhook_delivery',
      examples: ['webhooks test whe_01J…'],
    }),
    callCommand({
      name: 'rotate',
      summary: 'Makes a new secret and shows it.',
      method: endpoints.rotateWebhookSecret,
      arguments: [ENDPOINT],
      options: [['--overlap-hours <hours>', 'overlap_hours', 'how long the old one signs too']],
      examples: ['webhooks rotate whe_01J… --overlap-hours 48'],
    }),
    callCommand({
      name: 'deliveries',
      summary: "Lists an endpoint's deliveries, newest first.",
      method: deliveries.listWebhookDeliveries,
      arguments: [ENDPOINT],
      options: [['--status <status>', 'status', 'only these']],
      shows: 'webhook_deliveries',
      columns: ['id', 'event_type', 'status', 'attempt_count', 'create_time', 'next_attempt_time'],
      examples: ['webhooks deliveries whe_01J… --status failed'],
    }),
    callCommand({
      name: 'replay',
      summary: 'Sends a delivery again.',
      method: deliveries.replayWebhookDelivery,
      arguments: [['<delivery>', 'webhook_delivery_id', 'whd_…']],
      shows: 'webhook_delivery',
      examples: ['webhooks replay whd_01J…'],
    }),
  );
}
