import type { Violation } from '@billingrails/errors';
import type { Plan } from '../../catalogue/domain/plan';

/** Why nobody can subscribe to the plan in that version, if so; by path under `path`. */
export function notSubscribable(plan: Plan | undefined, path = ''): Violation[] {
  if (plan === undefined)
    return [{ field: `${path}plan_id`, description: 'names no plan, or not in that version' }];
  const description = `must name a published version: ${plan.version} is ${plan.status}`;
  return plan.status === 'published' ? [] : [{ field: `${path}plan_version`, description }];
}
