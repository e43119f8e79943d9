import { eventOf, PLACEHOLDER, type BatchesOptions } from './event-batches';

/** The events of `EventBatches`, as lines of JSON that an import reads, in pieces of so many lines at most. */
export function* eventLines(options: BatchesOptions, count: number): Generator<string> {
  const lines: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { eventName, idempotencyKey, timeMs, properties } = eventOf(options, n);
    const event = {
      event_name: eventName,
      properties,
      idempotency_key: idempotencyKey,
      timestamp: new Date(timeMs).toISOString(),
    };
    const number = String(n).padStart(PLACEHOLDER.length, '0');
    lines.push(`${JSON.stringify(event).replaceAll(PLACEHOLDER, number)}\n`);
    if (lines.length === PIECE_LINES || n === count - 1) yield lines.splice(0).join('');
  }
}

const PIECE_LINES = 1_000;
