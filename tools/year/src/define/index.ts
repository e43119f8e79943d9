import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { defineAccounts } from './accounts';
import { defineAlerts } from './alerts';
import { defineInvoicing } from './invoicing';
import { defineCreditUnits, type CreditUnit } from './credit-units';
import { defineFeatures } from './features';
import { defineMeters } from './meters';
import { definePlans, type PlanVersion } from './plans';
import { defineRecurringCredits } from './recurring-credits';

/** What was defined: the versions of plans by their names, and the ids of fees, which have names of their own. */
export interface Defined {
  readonly plans: ReadonlyMap<string, PlanVersion>;
  readonly fees: ReadonlyMap<string, string>;
  /** Units that credits are counted in, by their names. */
  readonly creditUnits: ReadonlyMap<string, CreditUnit>;
  /** The names of what grants credits again, by its id. */
  readonly recurringCredits: ReadonlyMap<string, string>;
  /** By their names. */
  readonly alerts: ReadonlyMap<string, string>;
  /** By the names of events. */
  readonly meters: ReadonlyMap<string, string>;
}

/** Creates the clock, the meters, the plans and the accounts of a history. */
export async function define(clients: Clients, history: History): Promise<Defined> {
  const [firstMs = 0] = history.stepsMs;
  await steadily(() =>
    clients.testClock.createTestClock({
      currentTime: timestampFromMs(firstMs),
      requestId: 'clock',
    }),
  );
  const meters = await defineMeters(clients, history);
  const plans = await definePlans(clients, history, meters);
  await defineAccounts(clients, history);
  const versions = [...plans].map(([name, { id, version }]): [string, PlanVersion] => [
    name,
    { planId: id, planVersion: version },
  ]);
  const ofPlans = [...plans.values()].flatMap((plan) => plan.fees);
  const fees = new Map(ofPlans.map(({ name, id }) => [name, id]));
  await defineInvoicing(clients, history, fees);
  const creditUnits = await defineCreditUnits(clients, history, meters);
  const versioned = new Map(versions);
  await defineFeatures(clients, history, meters, versioned);
  return {
    ...{ plans: versioned, fees, creditUnits, meters },
    recurringCredits: await defineRecurringCredits(clients, history, creditUnits, versioned),
    alerts: await defineAlerts(clients, history, meters, creditUnits),
  };
}
