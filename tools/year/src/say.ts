import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  BilledMeanwhile,
  CycleUnit,
  Proration,
  type BillingCycleSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  ChangeTiming,
  MigrationOutcome,
  type TrialDraftSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type {
  CycleBook,
  FactBook,
  SubscriptionBook,
  TrialBook,
  When,
} from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { PlanVersion } from './define';

/** The platform's ids of what the history has by name. */
export interface Ids {
  readonly plans: ReadonlyMap<string, PlanVersion>;
  readonly fees: ReadonlyMap<string, string>;
  /** Grows as the history goes on. */
  readonly subscriptions: Map<string, string>;
}

const PRORATIONS = {
  second: Proration.SECOND,
  day: Proration.DAY,
  none: Proration.NONE,
} as const;

/** Tells the platform of a fact. */
export async function say(
  clients: Clients,
  ids: Ids,
  { name, account, timeZone, cycles }: SubscriptionBook,
  fact: FactBook,
): Promise<void> {
  const { subscriptions } = clients;
  const subscriptionId = ids.subscriptions.get(name) ?? '';
  const requestId = `${name}-${fact.step}`;
  const planOf = (plan: string | undefined) => ids.plans.get(plan ?? '') ?? {};
  switch (fact.kind) {
    case 'subscribed': {
      const { plan, quantity } = fact;
      const startTime = timestampFromMs(fact.startMs);
      const request = {
        accountId: account,
        ...planOf(plan),
        quantity,
        startTime,
        timeZone,
        billingCycle: billingCycleOf(cycles, fact.trial?.endMs),
        ...(fact.trial === undefined ? {} : { trial: trialOf(fact.trial) }),
        requestId,
      };
      const { subscription } = await steadily(() => subscriptions.createSubscription(request));
      ids.subscriptions.set(name, subscription?.id ?? '');
      return;
    }
    case 'changed': {
      const { when, quantity = '' } = fact;
      const change = {
        ...planOf(fact.plan),
        quantity,
        ...timingOf(when),
        proration: PRORATIONS[fact.proration],
      };
      if (fact.migrates === true) return migrate(clients, subscriptionId, change, requestId);
      await steadily(() => subscriptions.changeSubscription({ subscriptionId, change, requestId }));
      return;
    }
    case 'cancelled': {
      const timing = fact.when.kind === 'now' ? CancelTiming.NOW : CancelTiming.PERIOD_END;
      const refund = PRORATIONS[fact.proration];
      await steadily(() =>
        subscriptions.cancelSubscription({ subscriptionId, timing, refund, requestId }),
      );
      return;
    }
    case 'paused': {
      const { when, resumeMs, billed, proration } = fact;
      const pause = {
        ...timingOf(when),
        ...(resumeMs === undefined ? {} : { resumeTime: timestampFromMs(resumeMs) }),
        billed: MEANWHILE[billed],
        proration: PRORATIONS[proration],
      };
      await steadily(() => subscriptions.pauseSubscription({ subscriptionId, pause, requestId }));
      return;
    }
    case 'converted': {
      const conversion = { ...timingOf(fact.when), proration: PRORATIONS[fact.proration] };
      await steadily(() => subscriptions.convertTrial({ subscriptionId, conversion, requestId }));
      return;
    }
    case 'resumed': {
      const resume = { ...timingOf(fact.when), proration: PRORATIONS[fact.proration] };
      await steadily(() => subscriptions.resumeSubscription({ subscriptionId, resume, requestId }));
      return;
    }
    case 'one_off': {
      const { description, amount, billNow } = fact;
      const request = { subscriptionId, description, amount, billNow, requestId };
      await steadily(() => subscriptions.createOneOffCharge(request));
      return;
    }
  }
}

const MEANWHILE = {
  nothing: BilledMeanwhile.NOTHING,
  recurring: BilledMeanwhile.RECURRING,
  usage: BilledMeanwhile.USAGE,
} as const;

function trialOf({
  endMs,
  billed,
  converts,
}: TrialBook): MessageInitShape<typeof TrialDraftSchema> {
  return {
    length: { case: 'endTime', value: timestampFromMs(endMs) },
    billed: MEANWHILE[billed],
    endsSubscription: !converts,
  };
}

function timingOf(when: When) {
  if (when.kind === 'at')
    return { timing: ChangeTiming.AT_TIME, effectiveTime: timestampFromMs(when.ms) };
  return { timing: when.kind === 'now' ? ChangeTiming.NOW : ChangeTiming.PERIOD_END };
}

/** Tells of the change of one subscription as a migration of all that have one of the versions. */
async function migrate(
  { subscriptions }: Clients,
  subscriptionId: string,
  change: Partial<PlanVersion> & { readonly timing: ChangeTiming; readonly proration: Proration },
  requestId: string,
): Promise<void> {
  const { planId = '', planVersion = 0, timing, proration } = change;
  const subscriptionIds = [subscriptionId];
  const migration = { planId, toVersion: planVersion, subscriptionIds, timing, proration };
  await steadily(async () => {
    for await (const { outcome, message } of subscriptions.migrateSubscriptions({
      ...{ migration, requestId },
    }))
      if (outcome === MigrationOutcome.REFUSED) throw new Error(message);
  });
}

const UNITS: Record<CycleBook['unit'], CycleUnit> = {
  day: CycleUnit.DAY,
  week: CycleUnit.WEEK,
  month: CycleUnit.MONTH,
  quarter: CycleUnit.QUARTER,
  half_year: CycleUnit.HALF_YEAR,
  year: CycleUnit.YEAR,
};

/** What is anchored to the end of its trial is so without being told. */
function billingCycleOf(
  { unit, count, anchor, firstProration }: CycleBook,
  trialEndMs: number | undefined,
): MessageInitShape<typeof BillingCycleSchema> {
  const atTrialEnd = anchor.kind === 'time' && anchor.ms === trialEndMs;
  return {
    unit: UNITS[unit],
    count,
    anchor: atTrialEnd ? { case: undefined } : anchorOf(unit, anchor),
    firstProration: PRORATIONS[firstProration],
  };
}

function anchorOf(
  unit: CycleBook['unit'],
  anchor: CycleBook['anchor'],
): NonNullable<MessageInitShape<typeof BillingCycleSchema>['anchor']> {
  switch (anchor.kind) {
    case 'start':
      return { case: undefined };
    case 'time':
      return { case: 'anchorTime', value: timestampFromMs(anchor.ms) };
    case 'weekday':
      return { case: 'calendar', value: { weekday: anchor.day } };
    case 'date': {
      const month = unit === 'month' ? 0 : anchor.month;
      return { case: 'calendar', value: { dayOfMonth: anchor.day, month } };
    }
  }
}
