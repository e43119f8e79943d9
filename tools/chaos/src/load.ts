import { setTimeout as delay } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { howMany, seededRandom } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';

export const EVENT_NAME = 'Bytes moved';
export const month = { startMs: Date.UTC(2024, 1, 1), endMs: Date.UTC(2024, 2, 1) };

/** Enough for events to arrive at every moment; the more come, the longer it takes to count them by hand. */
const BETWEEN_BATCHES_MS = howMany(200, 40);

/** A sent event, as the oracle sees it; `bytes` is decimal text. */
export interface SentEvent {
  readonly accountId: string;
  readonly key: string;
  readonly bytes: string;
  readonly region: string;
  readonly timestampMs: number;
}

/**
 * Sends events until told to stop: random accounts, instants and quantities, batches of random size, one event in ten
 * sent again later under its key. A batch whose outcome is unknown is sent again until it is acknowledged.
 */
export function startLoad(platform: Platform, seed: number, callersAtOnce = 4) {
  const random = seededRandom(seed);
  const { client, close } = createRpcClient(EventService, {
    url: platform.urls.ingest,
    key: platform.key,
    defaultTimeoutMs: 3_000,
  });
  const acknowledged = new Map<string, SentEvent>();
  const made: SentEvent[] = [];
  let refused = 0;
  let running = true;

  async function caller(): Promise<void> {
    while (running) {
      const batch = makeBatch(random, made);
      for (let sent = false; !sent;) {
        sent = await client.ingestEvents({ events: batch.map(toEvent) }).then(
          () => true,
          async (error: unknown) => {
            refused += 1;
            assertPassing(error);
            await delay(50);
            return false;
          },
        );
      }
      for (const event of batch) acknowledged.set(event.key, event);
      await delay(BETWEEN_BATCHES_MS);
    }
  }
  const callers = Promise.all(Array.from({ length: callersAtOnce }, caller));
  // A caller's failure is reported by stop(); until then it must not end the process.
  callers.catch(() => undefined);
  return {
    acknowledgedCount: () => acknowledged.size,
    /** Ends the load when every batch under way is acknowledged; answers all events, each once. */
    async stop(): Promise<{ events: SentEvent[]; refused: number }> {
      running = false;
      await callers.finally(close);
      return { events: [...acknowledged.values()], refused };
    },
  };
}

let serial = 0;

function makeBatch(random: () => number, made: SentEvent[]): SentEvent[] {
  const size = 1 + Math.floor(random() * 60);
  return Array.from({ length: size }, () => {
    const again = random() < 0.1 ? made[Math.floor(random() * made.length)] : undefined;
    if (again) return again;
    serial += 1;
    const event = {
      accountId: `acct_${Math.floor(random() * 40)}`,
      key: `event-${serial}`,
      bytes: `${Math.floor(random() * 1e6)}.${String(Math.floor(random() * 1e6)).padStart(6, '0')}`,
      region: random() < 0.5 ? 'eu' : 'us',
      timestampMs: month.startMs + Math.floor(random() * (month.endMs - month.startMs)),
    };
    made.push(event);
    return event;
  });
}

function toEvent(event: SentEvent) {
  return {
    eventName: EVENT_NAME,
    idempotencyKey: event.key,
    timestamp: timestampFromMs(event.timestampMs),
    properties: {
      billingrails_account_id: event.accountId,
      bytes: event.bytes,
      region: event.region,
    },
  };
}

/** While something is being killed, a caller may see only these: anything else is a defect. */
function assertPassing(error: unknown): void {
  const { code, message } = ConnectError.from(error);
  const passing = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded];
  if (!passing.includes(code)) throw new Error(`A call was answered ${Code[code]}: ${message}`);
}
