import { create } from '@bufbuild/protobuf';
import {
  ChangeSubscriptionRequestSchema,
  ChangeTiming,
  MigrationOutcome,
  SubscriptionChangeSchema,
  SubscriptionService,
  type SubscriptionMigration,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert } from '@billingrails/errors';
import { decimalText } from '@billingrails/money';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { billToProto } from '../../bills/contract/bill';
import { changeFromProto } from '../contract/change';
import type { SubscriptionParts } from '../../service-parts';
import { previewChange } from '../use-cases/change';
import { migrate, type Migrated, type MigratedTo, type Migration } from '../use-cases/migrate';
import { changeOnce, stillCounted } from './change-request';

type MigrationMethods = Pick<
  ServiceImpl<typeof SubscriptionService>,
  'migrateSubscriptions' | 'previewMigration'
>;

/** What migrates subscriptions from version to version, each by the request that would change it alone. */
export function migrationMethods(parts: SubscriptionParts): MigrationMethods {
  return {
    async *migrateSubscriptions({ migration, requestId, afterSubscriptionId }, context) {
      const caller = principalOf(context);
      const { organisationId } = caller;
      const method = SubscriptionService.method.changeSubscription;
      const change = async (subscriptionId: string, to: MigratedTo) => {
        const request = create(ChangeSubscriptionRequestSchema, {
          subscriptionId,
          change: changeOf(migration, to),
          requestId: requestId === '' ? '' : `migration/${requestId}/${subscriptionId}`,
        });
        const asked = () => ({ ...changeFromProto(changeOf(migration, to)), fees: [] });
        await changeOnce(parts, caller, method, request, asked);
      };
      const asked = migrationOf(migration, afterSubscriptionId);
      for await (const each of migrate(parts, organisationId, asked, change, context.signal))
        yield outcomeOf(each);
    },

    async *previewMigration({ migration, afterSubscriptionId }, context) {
      const { organisationId } = principalOf(context);
      const { signal } = context;
      const show = async (subscriptionId: string, to: MigratedTo) => {
        const draft = { ...changeFromProto(changeOf(migration, to)), fees: [] };
        const shown = await previewChange(parts, organisationId, subscriptionId, draft, signal);
        if (shown === undefined) throw stillCounted();
        return shown.bill;
      };
      const asked = migrationOf(migration, afterSubscriptionId);
      for await (const each of migrate(parts, organisationId, asked, show, signal)) {
        const { made: bill } = each;
        yield { ...outcomeOf(each), ...(bill && { bill: billToProto(bill) }) };
      }
    },
  };
}

function migrationOf(message: SubscriptionMigration | undefined, afterId: string): Migration {
  assert(message !== undefined, 'the contract requires a migration');
  const { planId, fromVersions, toPlanId, toVersion, subscriptionIds } = message;
  const kind = message.timing === ChangeTiming.NOW ? 'now' : 'period_end';
  const timing = { kind } as const;
  return { planId, fromVersions, toPlanId, toVersion, subscriptionIds, timing, afterId };
}

function changeOf(message: SubscriptionMigration | undefined, { plan, addOns = [] }: MigratedTo) {
  assert(message !== undefined, 'the contract requires a migration');
  const { timing, proration, allowSharedUsage } = message;
  const named = addOns.map(({ quantity, ...addOn }) => {
    return { ...addOn, quantity: decimalText(quantity) };
  });
  const how = { timing, proration, allowSharedUsage };
  return create(SubscriptionChangeSchema, { ...plan, addOns: named, ...how });
}

function outcomeOf({ subscriptionId, outcome, done, total }: Migrated<unknown>) {
  const of = { subscriptionId, done, total };
  if (outcome === 'migrated') return { ...of, outcome: MigrationOutcome.MIGRATED };
  if (outcome === 'unchanged') return { ...of, outcome: MigrationOutcome.UNCHANGED };
  const { reason, message } = outcome.refused;
  return { ...of, outcome: MigrationOutcome.REFUSED, reason, message };
}
