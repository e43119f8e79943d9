import type { Command } from 'commander';
import { SubscriptionService } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { JsonObject } from '../../rpc/connection';
import { callCommand, group, type FieldOption } from '../define';
import { previewable } from './previewable';
import { showBills } from './show-bills';

const SUBSCRIPTION: FieldOption = ['<subscription>', 'subscription_id', 'sub_…'];

export function subscriptions(): Command {
  const { method } = SubscriptionService;
  return group(
    'subscriptions',
    'Who is subscribed to what.',
    callCommand({
      name: 'list',
      summary: 'Lists subscriptions, oldest first.',
      method: method.listSubscriptions,
      options: [['--account <account>', 'account_id', 'only those of this account']],
      shows: 'subscriptions',
      columns: ['id', 'account_id', 'plan_id', 'status', 'quantity', 'current_period', 'end_time'],
      examples: ['subscriptions list --account acct_67890'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one subscription.',
      method: method.getSubscription,
      arguments: [SUBSCRIPTION],
      shows: 'subscription',
      examples: ['subscriptions show sub_01J…'],
    }),
    callCommand({
      name: 'create',
      summary: 'Subscribes an account to a plan.',
      method: method.createSubscription,
      options: [
        ['--account <account>', 'account_id', 'who is charged'],
        ['--plan <plan>', 'plan_id', 'what for: plan_…'],
        ['--plan-version <number>', 'plan_version', 'left out: the newest published'],
        ['--start <time>', 'start_time', 'past or future; left out: now'],
        ['--time-zone <name>', 'time_zone', 'such as Europe/Berlin; left out: UTC'],
        ['--quantity <decimal>', 'quantity', 'such as seats'],
        ['--currency <code>', 'currency_code', "one of the plan's"],
      ],
      shows: 'subscription',
      takesData: true,
      examples: [
        'subscriptions create --account acct_67890 --plan plan_01J… --start 2026-01-01',
        'subscriptions create --account acct_67890 --plan plan_01J… --data \'{"trial": {"days": 14}}\'',
      ],
    }),
    previewable(
      {
        name: 'change',
        summary:
          'Changes the plan or the quantity. --preview shows the bill that it would make, and changes nothing.',
        method: method.changeSubscription,
        arguments: [SUBSCRIPTION],
        options: [
          ['--plan <plan>', 'change.plan_id', 'the plan from then on'],
          ['--plan-version <number>', 'change.plan_version', 'left out: the newest published'],
          ['--quantity <decimal>', 'change.quantity', 'the quantity from then on'],
          ['--timing <when>', 'change.timing', 'when; left out: now'],
          ['--at <time>', 'change.effective_time', 'when, with --timing at_time'],
          ['--proration <how>', 'change.proration', 'how a change inside a cycle is charged'],
        ],
        fixed: { change: { timing: 'now' } },
        shows: 'subscription',
        takesData: true,
        examples: [
          'subscriptions change sub_01J… --plan plan_01K… --preview',
          'subscriptions change sub_01J… --quantity 12 --timing period_end',
        ],
      },
      method.previewChange,
      showBills,
    ),
    previewable(
      {
        name: 'cancel',
        summary: 'Ends a subscription. --preview shows the bill that it would make.',
        method: method.cancelSubscription,
        arguments: [SUBSCRIPTION],
        options: [
          ['--timing <when>', 'timing', 'when; left out: period_end'],
          ['--at <time>', 'effective_time', 'when, with --timing at_time'],
          ['--refund <how>', 'refund', 'of what was charged in advance; left out: nothing'],
        ],
        fixed: { timing: 'period_end' },
        shows: 'subscription',
        examples: [
          'subscriptions cancel sub_01J…',
          'subscriptions cancel sub_01J… --timing now --refund day --preview',
        ],
      },
      method.previewChange,
      showBills,
      cancellationOf,
    ),
    callCommand({
      name: 'events',
      summary: 'Lists what was agreed of a subscription and when.',
      method: method.listSubscriptionEvents,
      arguments: [SUBSCRIPTION],
      shows: 'events',
      examples: ['subscriptions events sub_01J… --output yaml'],
    }),
  );
}

/** A preview takes what a cancellation says as one of several kinds of change. */
function cancellationOf({
  subscription_id,
  request_id: _,
  ...cancellation
}: JsonObject): JsonObject {
  return { subscription_id: subscription_id ?? '', cancellation };
}
