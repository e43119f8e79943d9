import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { defineAccounts } from './accounts';
import { defineCreditUnits, type CreditUnit } from './credit-units';
import { defineMeters } from './meters';
import { definePlans } from './plans';

/** What was defined: the versions of plans by their names, and the ids of fees, which have names of their own. */
export interface Defined {
  readonly plans: ReadonlyMap<string, PlanVersion>;
  readonly fees: ReadonlyMap<string, string>;
  /** Units that credits are counted in, by their names. */
  readonly creditUnits: ReadonlyMap<string, CreditUnit>;
}

/** A version of a plan, as requests name it. */
export interface PlanVersion {
  readonly planId: string;
  readonly planVersion: number;
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
  const fees = [...plans.values()].flatMap((plan) => plan.fees);
  return {
    plans: new Map(versions),
    fees: new Map(fees.map(({ name, id }) => [name, id])),
    creditUnits: await defineCreditUnits(clients, history, meters),
  };
}
