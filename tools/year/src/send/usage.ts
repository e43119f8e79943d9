import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CorrectionBook, EventBook, History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

const BATCH = 100;

/** Sends the events of a step. */
export async function sendEvents(
  clients: Clients,
  { events }: History,
  step: number,
): Promise<void> {
  const own = events.filter((event) => event.step === step);
  for (let from = 0; from < own.length; from += BATCH) {
    const batch = own.slice(from, from + BATCH).map(toEvent);
    await steadily(() => clients.events.ingestEvents({ events: batch }));
  }
}

/** Corrects the events that are corrected in a step. */
export async function sendCorrections(
  clients: Clients,
  { corrections }: History,
  step: number,
): Promise<void> {
  for (const correction of corrections.filter((each) => each.step === step))
    await steadily(() => correct(clients, correction));
}

async function correct(clients: Clients, { account, key, to }: CorrectionBook): Promise<void> {
  const request = { accountId: account, requestId: `correction-${key}` };
  if (to === undefined) await clients.events.voidEvents({ ...request, idempotencyKeys: [key] });
  else await clients.events.amendEvent({ ...request, event: toEvent({ account, key, ...to }) });
}

function toEvent({ account, event, key, atMs, properties }: Omit<EventBook, 'step'>) {
  return {
    eventName: event,
    idempotencyKey: key,
    timestamp: timestampFromMs(atMs),
    properties: { billingrails_account_id: account, ...properties },
  };
}
