import type { Violation } from '@billingrails/errors';
import { currenciesOf } from '../../../catalogue/domain/currencies';
import type { Plan, PlanRole } from '../../../catalogue/domain/plan';

/** Why the plan, or add-on, cannot be had in that version and, where one is given, currency; by path behind `path`. */
export function notSubscribable(
  plan: Plan | undefined,
  role: PlanRole,
  path = '',
  currencyCode?: string,
): Violation[] {
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
  if (plan.status !== 'published') return [{ field: `${path}plan_version`, description }];
  if (currencyCode === undefined || currenciesOf(plan).includes(currencyCode)) return [];
  const inCurrency = `must name one with prices in the subscription's currency, ${currencyCode}`;
  return [{ field: `${path}plan_id`, description: inCurrency }];
}
