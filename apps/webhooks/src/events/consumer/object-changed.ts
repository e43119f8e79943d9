import { CHANGES, consumeDurableTogether, type Bus, type Consumption } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Stores } from '../../store/stores';
import { eventFromMessage } from '../contract/object-changed';
import type { WebhookEvent } from '../domain/webhook-event';
import { queueEvents } from '../use-cases/queue-events';

/** What following needs. */
export interface ChangeParts {
  readonly stores: Stores;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Called when something was queued. */
  readonly onQueued: () => void;
}

/** How many are queued in one transaction. */
const TOGETHER = 200;

/** Queues every change for the endpoints that want it. A message that comes again changes nothing. */
export function consumeObjectChanged(bus: Bus, parts: ChangeParts): Promise<Consumption> {
  const { stores, logger, nowMs, onQueued } = parts;
  return consumeDurableTogether(bus, {
    stream: CHANGES.name,
    durable: 'webhooks',
    subject: 'changes.>',
    together: TOGETHER,
    logger,
    async handler(messages) {
      const read = messages.map(({ data }) => readable(data));
      const events = read.flatMap((each) => ('error' in each ? [] : [each]));
      await queueEvents(stores, events, nowMs());
      onQueued();
      return read.map((each) => ('error' in each ? each : undefined));
    },
  });
}

function readable(data: Uint8Array): WebhookEvent | { readonly error: unknown } {
  try {
    return eventFromMessage(data);
  } catch (error) {
    return { error };
  }
}
