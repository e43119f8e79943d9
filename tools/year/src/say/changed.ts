import {
  MigrationOutcome,
  type ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { ChangedBook } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { PlanVersion } from '../define/plans';
import { planOf, PRORATIONS, timingOf, type Say } from './saying';

export const sayChanged: Say<ChangedBook> = (fact, { clients, ids, subscriptionId, requestId }) => {
  const { plan, quantity = '', when, migrates, proration } = fact;
  const timing = { ...timingOf(when), proration: PRORATIONS[proration] };
  const change = { ...planOf(ids, plan), quantity, ...timing, allowSharedUsage: true };
  const { subscriptions } = clients;
  const send = async () => {
    if (migrates === true) return migrate(clients, subscriptionId, change, requestId);
    await steadily(() => subscriptions.changeSubscription({ subscriptionId, change, requestId }));
  };
  return { send, preview: { change } };
};

/** Tells of the change of one subscription as a migration of all that have one of the versions. */
async function migrate(
  { subscriptions }: Clients,
  subscriptionId: string,
  change: Partial<PlanVersion> & { readonly timing: ChangeTiming; readonly proration: Proration },
  requestId: string,
): Promise<void> {
  const { planId = '', planVersion = 0, timing, proration } = change;
  const subscriptionIds = [subscriptionId];
  const migration = {
    ...{ planId, toVersion: planVersion, subscriptionIds, timing, proration },
    allowSharedUsage: true,
  };
  await steadily(async () => {
    for await (const { outcome, message } of subscriptions.migrateSubscriptions({
      ...{ migration, requestId },
    }))
      if (outcome === MigrationOutcome.REFUSED) throw new Error(message);
  });
}
