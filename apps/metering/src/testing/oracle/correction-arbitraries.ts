import fc from 'fast-check';
import { ACCOUNTS, arrivals } from './arbitraries';
import type { OracleEvent } from './oracle';
import type { OracleArrival, OracleContent } from './oracle-corrections';

/** When the first arrival was received; each next one is a second later. */
const RECEIVED_MS = Date.UTC(2026, 0, 1);

/** What comes at some point: an event of the pool, again perhaps, or a correction of one. */
const steps = fc.array(
  fc.record({
    /** Which event, and for an amendment, whose content it gets. */
    event: fc.nat({ max: 11 }),
    other: fc.nat({ max: 30 }),
    kind: fc.constantFrom('event', 'event', 'event', 'void', 'amend'),
    /** Now and then a correction names an account that the event is not of, or is one that came before. */
    astray: fc.integer({ min: 0, max: 11 }),
    request: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 120, size: 'max' },
);

/**
 * Events and corrections of them in any order: also before their event, twice, or of other accounts. Keys that meet do
 * so in one account: which of two partitions comes first to a key is nobody's promise.
 */
export const correctedArrivals: fc.Arbitrary<(organisationId: string) => OracleArrival[]> = fc
  .tuple(
    arrivals.filter(({ length }) => length > 0),
    steps,
  )
  .map(([pool, wanted]) => (organisationId) => {
    const events = pool.map((event) => ({
      ...event,
      organisationId,
      key: `${event.key} of ${event.accountId}`,
    }));
    return wanted.map((step, index) => arrivalOf(step, events, RECEIVED_MS + index * 1_000));
  });

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function arrivalOf(step: Step, events: readonly OracleEvent[], receiveTimeMs: number) {
  const event = { ...pick(events, step.event), receiveTimeMs };
  if (step.kind === 'event') return event;
  const { organisationId, accountId, key } = event;
  const isAmendment = step.kind === 'amend';
  return {
    organisationId,
    accountId: step.astray === 0 ? otherAccount(accountId) : accountId,
    key,
    // Derived as ingest does it: another account's is another correction.
    correctionId: `cor_${step.request}/${step.astray === 0}/${key}`,
    amended: isAmendment ? contentOf(pick(events, step.other)) : undefined,
    receiveTimeMs,
  };
}

function contentOf({ eventName, timestampMs, properties }: OracleEvent): OracleContent {
  return { eventName, timestampMs, properties };
}

function pick<T>(list: readonly T[], index: number): T {
  const picked = list[index % list.length];
  if (picked === undefined) throw new Error('There is something to pick from.');
  return picked;
}

function otherAccount(accountId: string): string {
  return ACCOUNTS.find((other) => other !== accountId) ?? ACCOUNTS[0];
}
