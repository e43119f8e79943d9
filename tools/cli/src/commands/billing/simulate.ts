import type { Command } from 'commander';
import {
  AccountSimulationSchema,
  PriceService,
} from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { print } from '../../io';
import { renderObject } from '../../output/render';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { callCommand } from '../define';
import { SCOPE } from './scope';

/** Shows what another plan would have billed. */
export function simulate(): Command {
  const { simulatePlan } = PriceService.method;
  return callCommand({
    name: 'simulate',
    summary:
      'Shows what another plan would have billed for the closed cycles, old against new for each account. Makes nothing. ' +
      'A plan that there is not is given as `draft` in --data.',
    method: simulatePlan,
    arguments: [['[plan]', 'plan_id', 'plan_…']],
    options: [
      ['--replace <plan>', 'replaced_plan_id', 'only where a subscription had this plan'],
      ['--currency <code>', 'currency_code', "one of the plan's"],
      ...SCOPE,
    ],
    fixed: { scope: {} },
    takesData: true,
    instead: async (context, request) => {
      const accounts: JsonObject[] = [];
      let total: JsonObject | undefined;
      for await (const message of context.connection.stream(simulatePlan, request)) {
        if (isObject(message['account'])) accounts.push(message['account']);
        if (isObject(message['total'])) total = message['total'];
      }
      if (context.format === 'json' || context.format === 'yaml') {
        context.show({ accounts, total: total ?? null });
        return true;
      }
      context.showList(accounts, {
        message: AccountSimulationSchema,
        columns: ['account_id', 'billed', 'simulated'],
      });
      if (total && context.format === 'table') print(`\n${renderObject(total, 'table', {})}`);
      return true;
    },
    examples: [
      'simulate plan_01K… --from 2026-01 --to 2026-07',
      'simulate --data @draft.json --replace plan_01J… --csv',
    ],
  });
}
