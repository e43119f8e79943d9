import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Clients } from '@billingrails/stack/clients';
import { progress } from './progress';
import type { EventInit, Scenario } from './scenario/scenario';

const BATCH_SIZE = 100;
const CALLERS_AT_ONCE = 8;
const ATTEMPTS_MAX = 20;
const RETRY_DELAY_MS = 500;

/** Sends all events of the scenario in full batches, several at once. Resolves when every one is acknowledged. */
export async function sendEvents(clients: Clients, scenario: Scenario): Promise<void> {
  const bar = progress.bar(scenario.eventCount);
  const batches = batchesOf(scenario.events());
  const caller = async () => {
    for (const events of batches) {
      await sendBatch(clients, events);
      bar.advance(events.length);
    }
  };
  await Promise.all(Array.from({ length: CALLERS_AT_ONCE }, caller));
  bar.done();
}

/** Tries again while the service is away or full: the events carry their keys, so they still count once. */
async function sendBatch(clients: Clients, events: EventInit[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await clients.events.ingestEvents({ events });
      return;
    } catch (error) {
      const { code } = ConnectError.from(error);
      const passing = code === Code.Unavailable || code === Code.ResourceExhausted;
      if (!passing || attempt === ATTEMPTS_MAX) throw error;
      await delay(RETRY_DELAY_MS);
    }
  }
}

function* batchesOf(events: Iterable<EventInit>): Generator<EventInit[]> {
  let batch: EventInit[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
