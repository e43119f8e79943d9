import { objectChanged } from '@billingrails/bus';
import { PlanSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Plan } from '../domain/plan';
import { planToProto } from './plan';

/** What becomes of a version of a plan that is told, once; `all` where it was with all of them. */
export interface PlanChange {
  readonly type: 'plan.published' | 'plan.archived';
  readonly plan: Plan;
  readonly all?: boolean;
  /** By the organisation's clock. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

/** The message that tells of it. */
export function planChanged(organisationId: OrganisationId, change: PlanChange): OutboxMessage {
  const { type, plan, all = false, occurMs, createMs } = change;
  return objectChanged({
    ...{ type, organisationId, objectId: plan.id, isTest: false, occurMs, createMs },
    occasion: all ? `all/${plan.version}` : `${plan.version}`,
    schema: PlanSchema,
    object: planToProto(plan),
  });
}
