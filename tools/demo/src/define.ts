import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FeeDraftSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import type { Scenario, ScenarioFee } from './scenario/scenario';

/** What the scenario became on the server. */
export interface Definitions {
  readonly meters: readonly Meter[];
  readonly planId: string;
}

/**
 * Creates the scenario's clock, accounts, meters and plan, and has documents end with usage by day. Every call carries
 * a request_id made of the scenario, so on a stack that was kept it answers what is there already.
 */
export async function define(clients: Clients, scenario: Scenario): Promise<Definitions> {
  await clients.testClock.createTestClock({
    currentTime: timestampFromMs(scenario.month.startMs),
    requestId: `${scenario.name}-clock`,
  });
  for (const { id, name } of scenario.accounts) {
    await clients.accounts.createAccount({ accountId: id, name, requestId: `account-${id}` });
  }
  await clients.invoicingSettings.updateInvoicingSettings({
    settings: { usageByDay: true },
    requestId: `${scenario.name}-documents`,
  });
  const meters: Meter[] = [];
  for (const draft of scenario.meters) {
    const { meter } = await clients.meters.createMeter({
      ...draft,
      requestId: `${scenario.name}-meter-${draft.name}`,
    });
    if (meter) meters.push(meter);
  }
  const { plan } = await clients.plans.createPlan({
    name: scenario.plan.name,
    currencyCode: scenario.plan.currencyCode,
    fees: scenario.plan.fees.map((fee) => feeDraft(fee, meters)),
    requestId: `${scenario.name}-plan`,
  });
  if (!plan) throw new Error('The plan was not returned.');
  return { meters, planId: plan.id };
}

/** Subscribes every account to the plan from the month's first instant. */
export async function subscribe(
  clients: Clients,
  scenario: Scenario,
  planId: string,
): Promise<void> {
  for (const { id } of scenario.accounts) {
    await clients.subscriptions.createSubscription({
      accountId: id,
      planId,
      startTime: timestampFromMs(scenario.month.startMs),
      requestId: `subscription-${id}`,
    });
  }
}

function feeDraft(
  { name, price, usage, unit }: ScenarioFee,
  meters: readonly Meter[],
): MessageInitShape<typeof FeeDraftSchema> {
  if (!usage) return { name, price };
  const meter = meters.find((candidate) => candidate.name === usage.meter);
  if (!meter)
    throw new Error(`The scenario prices the meter "${usage.meter}", which it does not define.`);
  return {
    name,
    price,
    unit: unit ?? '',
    meterProfile: { meterId: meter.id, profile: usage.profile },
  };
}
