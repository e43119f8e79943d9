import { unavailable } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { DAY_MS, utcDayOf, type Period } from '@billingrails/time';
import { profileKey } from '../../catalogue/domain/fee';
import type { KnownEvents } from '../../entitlements/domain/holds';
import type { AccountUsageQuestion, Metering, UsageAnswer } from '../../usage/metering';
import type { BurningSpan } from '../domain/burn-down';
import type { CreditRate } from '../domain/credit-unit';

/** The most that metering answers at once. */
const QUESTIONS_MAX = 1_000;

/** Whose usage, and what has to be known before it is answered. */
export interface Consumer extends Pick<
  AccountUsageQuestion,
  'knownMs' | 'waitForAcknowledged' | 'signal'
> {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** From an ingest answer: its events are counted first. Unset: whatever is counted. */
  readonly consistencyToken?: string;
}

/** What usage in a span asks for, and of how many events, each counted as often as a rate counts it. */
export interface CountedSpan extends BurningSpan {
  readonly eventCount: bigint;
}

/** What was burned, and which of the events that were asked for are in it. */
export interface Consumption {
  readonly spans: readonly CountedSpan[];
  readonly known: KnownEvents;
}

/** See `consumption`. */
export async function consumedIn(
  metering: Metering,
  rates: readonly CreditRate[],
  spans: readonly Period[],
  consumer: Consumer,
): Promise<readonly BurningSpan[]> {
  return (await consumption(metering, rates, spans, consumer)).spans;
}

/**
 * What the usage of each span burns, by all rates together, and which events of these keys are in it: one question to
 * metering, or one for each thousand spans and rates, of which the first tells the events. Throws a DomainError of kind
 * unavailable when it cannot be read, or only in part, just now.
 */
export async function consumption(
  metering: Metering,
  rates: readonly CreditRate[],
  spans: readonly Period[],
  { consistencyToken = '', ...consumer }: Consumer,
  keys: readonly string[] = [],
): Promise<Consumption> {
  const asked = spans.flatMap((period) =>
    rates.map(({ meterProfile }) => ({ meterProfile, period, timeZone: 'UTC' })),
  );
  const answers: UsageAnswer[] = [];
  let known: KnownEvents = new Map();
  for (let from = 0; from < asked.length; from += QUESTIONS_MAX) {
    const answer = await metering.accountUsage({
      ...{ ...consumer, consistencyToken, keys: from === 0 ? keys : [] },
      asked: asked.slice(from, from + QUESTIONS_MAX),
    });
    for (const { partial } of answer.usages) assertWhole(partial);
    answers.push(...answer.usages);
    if (from === 0) known = answer.known;
  }
  return {
    known,
    spans: spans.map((span, index) => {
      const own = answers.slice(index * rates.length, (index + 1) * rates.length);
      return {
        ...span,
        ...burnedBy(rates, (place) => own[place]?.quantity ?? ZERO),
        eventCount: own.reduce((sum, { eventCount }) => sum + eventCount, 0n),
      };
    }),
  };
}

/** What quantities burn, by the place of their rate. */
function burnedBy(rates: readonly CreditRate[], quantityOf: (place: number) => Decimal) {
  const byProfile = new Map(
    rates.map(({ meterProfile, amount }, place) => [
      profileKey(meterProfile),
      quantityOf(place).mul(amount),
    ]),
  );
  const consumed = [...byProfile.values()].reduce((sum, each) => sum.add(each), ZERO);
  return { consumed, byProfile };
}

/** The same for spans that are cut at every midnight of UTC: whole days are asked for all at once. */
export async function consumedByDay(
  metering: Metering,
  rates: readonly CreditRate[],
  spans: readonly Period[],
  consumer: Consumer,
): Promise<BurningSpan[]> {
  const whole = spans.filter(isDay);
  const daily: ReadonlyMap<number, Decimal>[] = [];
  const [first, last] = [whole.at(0), whole.at(-1)];
  if (first !== undefined && last !== undefined) {
    const period = { startMs: first.startMs, endMs: last.endMs };
    for (const { meterProfile } of rates) {
      const asked = { ...consumer, meterProfile, period, timeZone: 'UTC' };
      const { byDay, partial } = await metering.usageByDay(asked);
      assertWhole(partial);
      daily.push(byDay);
    }
  }
  const pieces = spans.filter((span) => !isDay(span));
  const asked = await consumedIn(metering, rates, pieces, consumer);
  const byStart = new Map(asked.map((span) => [span.startMs, span]));
  return spans.map((span) => {
    const piece = isDay(span) ? undefined : byStart.get(span.startMs);
    if (piece !== undefined) return piece;
    return { ...span, ...burnedBy(rates, (place) => daily[place]?.get(span.startMs) ?? ZERO) };
  });
}

const ZERO = decimal(0n);

function isDay({ startMs, endMs }: Period): boolean {
  return endMs - startMs === DAY_MS && utcDayOf(startMs) === startMs;
}

/** The reason of what is thrown where usage is counted in part. */
export const PARTIAL = 'USAGE_PARTIAL';

/** Counted in part, more would seem to be left than there is. */
function assertWhole(partial: boolean): void {
  if (partial) throw unavailable(PARTIAL, 'Earlier events are still being counted.', 1000);
}
