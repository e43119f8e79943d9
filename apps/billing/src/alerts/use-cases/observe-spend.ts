import type { AccountId } from '@billingrails/ids';
import { decimal, moneyText } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { Entry } from '../../bills/domain/bill';
import {
  agreementFrom,
  plansOf,
  prepareBills,
  type WantedBill,
} from '../../bills/use-cases/prepare-bill';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOf } from '../../settings/use-cases/rules-of';
import { cyclesOf, periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { askedOnce } from '../../usage/asked-once';
import { isFailure } from '../../usage/attempt';
import { forecastMetering } from '../../usage/forecast-metering';
import type { Metering } from '../../usage/metering';
import type { AlertFigure } from '../domain/alert';
import { whole } from '../domain/firing';
import { groupOf } from './group-of';
import type { Observations, Watch } from './watch';

type SpendFigure = Extract<AlertFigure, { kind: 'spend' | 'forecast' }>;

/** Subscriptions whose running cycles are computed together. */
const TOGETHER = 250;

/** A subscription's running cycle. */
interface Running {
  readonly subscription: Subscription;
  readonly cycle: number;
  readonly period: Period;
}

/**
 * What the running cycles of accounts come to: the bills of these cycles as if nothing had been billed, by the
 * computation that bills.
 */
export async function observeSpend(
  parts: SubscriptionParts,
  watch: Watch,
  figure: SpendFigure,
): Promise<Observations> {
  const { organisationId, accountIds, nowMs } = watch;
  const counted = new Map<AccountId, ReadonlySet<AccountId>>();
  for (const id of accountIds) {
    const members = figure.includeChildren ? await groupOf(parts, organisationId, id) : [id];
    counted.set(id, new Set(members));
  }
  const all = new Set([...counted.values()].flatMap((members) => [...members]));
  const found = await parts.subscriptions.ofAccounts(organisationId, [...all]);
  const running = found.flatMap((subscription) => runningOf(subscription, figure, nowMs));
  const sums = await sumsOf(parts, watch, figure, running);
  const byAccount = new Map<AccountId, Running[]>();
  for (const each of running) {
    const { accountId } = each.subscription;
    byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), each]);
  }
  const observations: Observations = new Map();
  for (const [accountId, members] of counted) {
    const own = [...members].flatMap((id) => byAccount.get(id) ?? []);
    const amounts = own.flatMap(({ subscription: { id } }) => sums.get(id) ?? []);
    if (own.length === 0 || amounts.length < own.length) continue;
    const minorUnits = amounts.reduce((sum, amount) => sum + amount, 0n);
    const { currencyCode } = figure;
    const period = {
      startMs: Math.max(...own.map(({ period: { startMs } }) => startMs)),
      endMs: Math.min(...own.map(({ period: { endMs } }) => endMs)),
    };
    const value = decimal(moneyText({ currencyCode, minorUnits }));
    observations.set(accountId, { ...whole(value), period, nowMs });
  }
  return observations;
}

/** Of a forecast it is needed that some of the cycle has passed. */
function runningOf(subscription: Subscription, figure: SpendFigure, nowMs: number): Running[] {
  const period = periodAt(subscription, nowMs);
  const cycle = cyclesOf(subscription).at(nowMs)?.number;
  const isCounted = subscription.currencyCode === figure.currencyCode;
  if (!isCounted || period === undefined || cycle === undefined) return [];
  if (figure.kind === 'forecast' && period.startMs === nowMs) return [];
  return [{ subscription, cycle, period }];
}

/** In minor units, by subscription; none of one that cannot be computed just now. */
async function sumsOf(
  parts: SubscriptionParts,
  { organisationId, nowMs, signal }: Watch,
  { kind }: SpendFigure,
  running: readonly Running[],
): Promise<Map<string, bigint>> {
  const sums = new Map<string, bigint>();
  for (const { together, metering } of gathered(parts.metering, kind, running, nowMs)) {
    const subscriptions = together.map(({ subscription }) => subscription);
    const plans = await plansOf(parts, organisationId, subscriptions);
    const rulesFor = await rulesOf(parts, organisationId, subscriptions);
    const wanted = together.map(({ subscription, cycle, period }): WantedBill => {
      const untilMs = kind === 'spend' ? nowMs : period.endMs;
      const { graceMs } = rulesFor(subscription);
      return {
        ...{ agreement: agreementFrom(plans, organisationId, subscription), subscription },
        horizon: { untilMs, graceMs, running: true },
        cycles: { firstCycle: cycle, lastCycle: cycle },
        ...{ afresh: true, attempts: 1 },
      };
    });
    const asking = { waitForAcknowledged: false, signal };
    const prepared = await prepareBills({ ...parts, metering }, organisationId, wanted, asking);
    for (const [index, entries] of prepared.entries()) {
      const id = subscriptions[index]?.id;
      if (id === undefined || entries === 'partial' || isFailure(entries)) continue;
      sums.set(id, totalOf(entries));
    }
  }
  return sums;
}

function totalOf(entries: readonly Entry[]): bigint {
  const lines = entries.flatMap((entry) => entry.lines);
  return lines.reduce((sum, { minorUnits }) => sum + minorUnits, 0n);
}

/** What is computed together: of a forecast only what has the same pace. */
function* gathered(
  metering: Metering,
  kind: SpendFigure['kind'],
  running: readonly Running[],
  nowMs: number,
): Generator<{ readonly together: readonly Running[]; readonly metering: Metering }> {
  const byStart = new Map<number, Running[]>();
  for (const each of running) {
    const key = kind === 'spend' ? 0 : each.period.startMs;
    byStart.set(key, [...(byStart.get(key) ?? []), each]);
  }
  for (const [startMs, same] of byStart)
    for (let from = 0; from < same.length; from += TOGETHER) {
      const together = same.slice(from, from + TOGETHER);
      const soFar = { startMs, endMs: nowMs };
      const paced = kind === 'spend' ? metering : forecastMetering(askedOnce(metering), soFar);
      yield { together, metering: paced };
    }
}
