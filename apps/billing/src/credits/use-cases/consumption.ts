import { unavailable } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { DAY_MS, utcDayOf, type Period } from '@billingrails/time';
import { mapBounded } from '../../usage/bounded';
import type { Metering, UsageQuestion } from '../../usage/metering';
import type { BurningSpan } from '../domain/burn-down';
import type { CreditRate } from '../domain/credit-unit';

/** Usage queries of one question at the same time. */
const QUERIES_AT_ONCE = 8;

/** Whose usage, and what has to be known before it is answered. */
export interface Consumer extends Pick<
  UsageQuestion,
  'knownMs' | 'consistencyToken' | 'waitForAcknowledged' | 'signal'
> {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
}

/**
 * What the usage of each span burns, by all rates together. Throws a DomainError of kind unavailable when it cannot be
 * read, or only in part, just now.
 */
export async function consumedIn(
  metering: Metering,
  rates: readonly CreditRate[],
  spans: readonly Period[],
  consumer: Consumer,
): Promise<BurningSpan[]> {
  return mapBounded(spans, QUERIES_AT_ONCE, async (span) => ({
    ...span,
    consumed: await sumOfRates(rates, (meterProfile) =>
      metering.usage({ ...consumer, meterProfile, period: span, timeZone: 'UTC' }),
    ),
  }));
}

/** The same for spans that are cut at every midnight of UTC: whole days are asked for all at once. */
export async function consumedByDay(
  metering: Metering,
  rates: readonly CreditRate[],
  spans: readonly Period[],
  consumer: Consumer,
): Promise<BurningSpan[]> {
  const whole = spans.filter(isDay);
  const days = new Map<number, Decimal>();
  const [first, last] = [whole.at(0), whole.at(-1)];
  if (first !== undefined && last !== undefined) {
    const period = { startMs: first.startMs, endMs: last.endMs };
    for (const { meterProfile, amount } of rates) {
      const asked = { ...consumer, meterProfile, period, timeZone: 'UTC' };
      const { byDay, partial } = await metering.usageByDay(asked);
      assertWhole(partial);
      for (const [dayMs, quantity] of byDay)
        days.set(dayMs, (days.get(dayMs) ?? ZERO).add(quantity.mul(amount)));
    }
  }
  const pieces = spans.filter((span) => !isDay(span));
  const asked = await consumedIn(metering, rates, pieces, consumer);
  const byStart = new Map(asked.map((span) => [span.startMs, span.consumed]));
  return spans.map((span) => ({
    ...span,
    consumed: (isDay(span) ? days : byStart).get(span.startMs) ?? ZERO,
  }));
}

const ZERO = decimal(0n);

function isDay({ startMs, endMs }: Period): boolean {
  return endMs - startMs === DAY_MS && utcDayOf(startMs) === startMs;
}

async function sumOfRates(
  rates: readonly CreditRate[],
  ask: (meterProfile: CreditRate['meterProfile']) => ReturnType<Metering['usage']>,
): Promise<Decimal> {
  let consumed = ZERO;
  for (const { meterProfile, amount } of rates) {
    const { quantity, partial } = await ask(meterProfile);
    assertWhole(partial);
    if (quantity !== undefined) consumed = consumed.add(quantity.mul(amount));
  }
  return consumed;
}

/** Counted in part, more would seem to be left than there is. */
function assertWhole(partial: boolean): void {
  if (partial) throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
}
