import type { Command } from 'commander';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { callCommand, group, type FieldOption } from '../define';

const PLAN: FieldOption = ['<plan>', 'plan_id', 'plan_…'];

export function plans(): Command {
  const { method } = PlanService;
  return group(
    'plans',
    'What subscriptions cost.',
    callCommand({
      name: 'list',
      summary: 'Lists plans, oldest first.',
      method: method.listPlans,
      shows: 'plans',
      columns: ['id', 'name', 'currency_code', 'version', 'status', 'fees', 'create_time'],
      examples: ['plans list'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows a plan with its fees.',
      method: method.getPlan,
      arguments: [PLAN],
      options: [['--plan-version <number>', 'version', 'left out: the current one']],
      shows: 'plan',
      examples: ['plans show plan_01J… --output yaml'],
    }),
    callCommand({
      name: 'create',
      summary: 'Creates a plan. Its fees are given as JSON.',
      method: method.createPlan,
      options: [
        ['--name <name>', 'name', 'for people'],
        ['--currency <code>', 'currency_code', 'such as USD'],
        ['--draft', 'draft', 'leaves version 1 unpublished'],
      ],
      shows: 'plan',
      takesData: true,
      examples: [
        'plans create --name Small --currency USD --data \'{"fees": [{"name": "Platform", "price": {"flat": {"amount": "20.00"}}}]}\'',
        'plans create --data @plan.json',
      ],
    }),
    callCommand({
      name: 'versions',
      summary: 'Lists the versions of a plan.',
      method: method.listPlanVersions,
      arguments: [PLAN],
      shows: 'plans',
      columns: ['version', 'status', 'name', 'fees', 'create_time'],
      examples: ['plans versions plan_01J…'],
    }),
    callCommand({
      name: 'publish',
      summary: 'Publishes a draft of a version.',
      method: method.publishPlanVersion,
      arguments: [PLAN, ['<version>', 'version', 'its number']],
      shows: 'plan',
      examples: ['plans publish plan_01J… 2'],
    }),
    callCommand({
      name: 'archive',
      summary: 'Archives a plan: nobody can be subscribed to it any more.',
      method: method.archivePlan,
      arguments: [PLAN],
      shows: 'plan',
      examples: ['plans archive plan_01J…'],
    }),
  );
}
