import type { Violation } from '@billingrails/errors';
import type { Plan, PlanRole } from '../../catalogue/domain/plan';

/** Why nobody can have the plan, or add-on, in that version, if so; by path under `path`. */
export function notSubscribable(plan: Plan | undefined, role: PlanRole, path = ''): Violation[] {
  if (plan === undefined)
    return [{ field: `${path}plan_id`, description: 'names no plan, or not in that version' }];
  if (plan.role !== role) {
    const [field, what] = [
      `${path}plan_id`,
      role === 'plan' ? 'a plan, and is an add-on' : 'an add-on, and is a plan',
    ];
    return [{ field, description: `must name ${what}` }];
  }
  const description = `must name a published version: ${plan.version} is ${plan.status}`;
  return plan.status === 'published' ? [] : [{ field: `${path}plan_version`, description }];
}
