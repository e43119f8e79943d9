import { acceptEvent } from './accept-event';
import type { AcceptanceContext } from './accept-event';
import { canonicalJson } from './canonical-json';
import { limits } from './event';
import type { AcceptedEvent, EventOutcome, SubmittedEvent } from './event';
import { Violations } from './violations';

/** What became of a request: the events to publish, and an outcome for each event that was sent, in its order. */
export interface Acceptance {
  readonly events: readonly AcceptedEvent[];
  readonly outcomes: readonly EventOutcome[];
}

/** Accepts one event. Throws DomainError invalid with every violation. */
export function acceptSingle(event: SubmittedEvent, context: AcceptanceContext): Acceptance {
  return accept([event], () => '', context, new Violations());
}

/**
 * Accepts a batch, all or nothing. Events with the same key and content are one. Throws DomainError invalid with every
 * violation of every event; of a batch with too many events only that is said.
 */
export function acceptBatch(
  events: readonly SubmittedEvent[],
  context: AcceptanceContext,
): Acceptance {
  const violations = new Violations();
  if (events.length < 1 || events.length > limits.eventsMax) {
    const problem = `must hold 1-${limits.eventsMax} events, holds ${events.length}`;
    violations.add(() => 'events', problem);
    violations.throwIfAny();
  }
  return accept(events, (index) => `events[${index}].`, context, violations);
}

function accept(
  submitted: readonly SubmittedEvent[],
  prefixOf: (index: number) => string,
  context: AcceptanceContext,
  violations: Violations,
): Acceptance {
  const events: AcceptedEvent[] = [];
  const outcomes: EventOutcome[] = [];
  const firstIndexOfKey = new Map<string, number>();
  for (const [index, event] of submitted.entries()) {
    const accepted = acceptEvent(event, prefixOf(index), context, violations);
    const earlierIndex = firstIndexOfKey.get(event.idempotencyKey);
    const earlier = earlierIndex === undefined ? undefined : submitted[earlierIndex];
    if (event.idempotencyKey !== '' && earlier === undefined)
      firstIndexOfKey.set(event.idempotencyKey, index);
    if (earlier !== undefined && !isSameContent(earlier, event))
      violations.add(
        () => `${prefixOf(index)}idempotency_key`,
        `events[${earlierIndex}] has the same key with other content`,
      );
    if (accepted === undefined) continue;
    if (earlier === undefined) events.push(accepted);
    const { idempotencyKey, timestampMs } = accepted;
    outcomes.push({ idempotencyKey, timestampMs, duplicate: earlier !== undefined });
  }
  violations.throwIfAny();
  return { events, outcomes };
}

/** Content is what the caller said: name, properties whatever the order of their keys, and time to the millisecond. */
function isSameContent(a: SubmittedEvent, b: SubmittedEvent): boolean {
  return (
    a.eventName === b.eventName &&
    millisecondOf(a) === millisecondOf(b) &&
    canonicalJson(a.properties ?? {}) === canonicalJson(b.properties ?? {})
  );
}

function millisecondOf({ timestamp }: SubmittedEvent): string {
  return timestamp ? `${timestamp.seconds}.${Math.floor(timestamp.nanos / 1_000_000)}` : '';
}
