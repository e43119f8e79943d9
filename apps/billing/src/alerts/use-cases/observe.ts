import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { SubscriptionParts } from '../../service-parts';
import { periodAt, usedPeriod } from '../../subscriptions/domain/subscription';
import { ACCOUNTS_MAX } from '../../usage/ask-usage';
import type { AlertFigure } from '../domain/alert';
import { calendarPeriodAt } from '../domain/calendar-period';
import { whole } from '../domain/firing';
import { observeBalance, observeLimitShare } from './observe-account';
import { observeSpend } from './observe-spend';
import type { Observations, Watch } from './watch';

type UsageFigure = Extract<AlertFigure, { kind: 'usage' }>;

const ZERO = decimal(0n);

/** Reads the figure of each account, by its own time. Throws a DomainError where it cannot be read of any. */
export async function observe(
  parts: SubscriptionParts,
  watch: Omit<Watch, 'nowMs'>,
): Promise<Observations> {
  const presentOf = await parts.clocks.presentsOf(watch.organisationId, watch.accountIds);
  const byClock = new Map<string, { nowMs: number; accountIds: AccountId[] }>();
  for (const id of watch.accountIds) {
    const { clock, nowMs } = presentOf(id);
    const same = byClock.get(clock) ?? { nowMs, accountIds: [] };
    byClock.set(clock, same);
    same.accountIds.push(id);
  }
  const observations: Observations = new Map();
  for (const same of byClock.values())
    for (const [id, observation] of await observeAt(parts, { ...watch, ...same }))
      observations.set(id, observation);
  return observations;
}

/** Of accounts that live by the same clock. */
async function observeAt(parts: SubscriptionParts, watch: Watch): Promise<Observations> {
  const { figure } = watch.alert;
  switch (figure.kind) {
    case 'usage':
      return observeUsage(parts, watch, figure);
    case 'spend':
    case 'forecast':
      return observeSpend(parts, watch, figure);
    case 'credit_balance':
      return observeBalance(parts, watch, figure);
    case 'limit_share':
      return observeLimitShare(parts, watch, figure);
  }
}

async function observeUsage(
  parts: SubscriptionParts,
  watch: Watch,
  figure: UsageFigure,
): Promise<Observations> {
  const { organisationId, nowMs, signal } = watch;
  const observations: Observations = new Map();
  for (const { period, timeZone, accountIds } of await spansOf(parts, watch, figure)) {
    const asked = { organisationId, meterProfile: figure.meterProfile, timeZone, signal };
    for (let from = 0; from < accountIds.length; from += ACCOUNTS_MAX) {
      const some = accountIds.slice(from, from + ACCOUNTS_MAX);
      const used = usedPeriod(period, nowMs);
      const answers = await parts.metering.usages({ ...asked, period: used, accountIds: some });
      for (const [accountId, { quantity = ZERO, partial }] of answers)
        if (!partial) observations.set(accountId, { ...whole(quantity), period, nowMs });
    }
  }
  return observations;
}

/** Accounts whose usage is asked for together. */
interface Together {
  readonly period: Period;
  readonly timeZone: string;
  readonly accountIds: AccountId[];
}

async function spansOf(
  { subscriptions }: SubscriptionParts,
  { organisationId, accountIds, nowMs }: Watch,
  { period: kind }: UsageFigure,
): Promise<Together[]> {
  if (kind !== 'billing_cycle') {
    const period = calendarPeriodAt(kind, nowMs);
    return [{ period, timeZone: 'UTC', accountIds: [...accountIds] }];
  }
  const together = new Map<string, Together>();
  const seen = new Set<AccountId>();
  // By id, so the oldest comes first.
  for (const subscription of await subscriptions.ofAccounts(organisationId, accountIds)) {
    const { accountId, timeZone } = subscription;
    const period = periodAt(subscription, nowMs);
    if (period === undefined || seen.has(accountId)) continue;
    seen.add(accountId);
    const key = `${period.startMs}/${period.endMs}/${timeZone}`;
    const same = together.get(key) ?? { period, timeZone, accountIds: [] };
    together.set(key, same);
    same.accountIds.push(accountId);
  }
  return [...together.values()];
}
