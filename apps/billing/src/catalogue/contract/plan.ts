import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  PlanRole as PlanRoleMessage,
  PlanStatus as PlanStatusMessage,
  type PlanEdit as PlanEditMessage,
  type PlanSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { CreatePlanRequest } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { FeeDraft } from '../domain/fee';
import type { Plan, PlanDraft, PlanRole, PlanStatus } from '../domain/plan';
import type { PlanEdit } from '../domain/plan-edit';
import {
  commitmentFromProto,
  commitmentToProto,
  otherCommitmentsFromProto,
  otherCommitmentsToProto,
} from './commitment';
import { feeDraftFromProto, feeToProto } from './fee';
import { priceCorrectionToProto } from './price-correction';
import { usageThresholdsFromProto, usageThresholdsToProto } from './usage-thresholds';

const STATUSES: Record<PlanStatus, PlanStatusMessage> = {
  draft: PlanStatusMessage.DRAFT,
  published: PlanStatusMessage.PUBLISHED,
  archived: PlanStatusMessage.ARCHIVED,
};

const ROLES: Record<PlanRole, PlanRoleMessage> = {
  plan: PlanRoleMessage.PLAN,
  add_on: PlanRoleMessage.ADD_ON,
};

/** What is left out is a plan. */
function roleFromProto(role: PlanRoleMessage): PlanRole {
  return role === PlanRoleMessage.ADD_ON ? 'add_on' : 'plan';
}

export function planFromProto(request: CreatePlanRequest): PlanDraft {
  const { name, currencyCode, otherCurrencyCodes, fees, role, draft } = request;
  return {
    ...{ name, currencyCode, otherCurrencyCodes, fees: fees.map(feeDraftFromProto) },
    status: draft ? 'draft' : 'published',
    role: roleFromProto(role),
    ...agreedFromProto(request),
  };
}

export function planToProto(plan: Plan): MessageInitShape<typeof PlanSchema> {
  const { id, version, status, role, name, currencyCode, fees, createMs, corrections = [] } = plan;
  return {
    ...{ id, version, name, currencyCode },
    status: STATUSES[status],
    role: ROLES[role],
    fees: fees.map(feeToProto),
    createTime: toTimestamp(createMs),
    corrections: corrections.map((each) => priceCorrectionToProto(each, currencyCode)),
    otherCurrencyCodes: [...(plan.otherCurrencyCodes ?? [])],
    ...commitmentToProto(plan.commitment),
    otherCommitments: otherCommitmentsToProto(plan.otherCommitments),
    ...usageThresholdsToProto(plan.usageThresholds),
  };
}

/** What subscribers agree to beside the fees; unset: nothing. */
function agreedFromProto({
  commitment,
  otherCommitments,
  usageThresholds,
}: Pick<PlanEditMessage, 'commitment' | 'otherCommitments' | 'usageThresholds'>): Pick<
  Plan,
  'commitment' | 'otherCommitments' | 'usageThresholds'
> {
  return {
    ...commitmentFromProto(commitment),
    ...otherCommitmentsFromProto(otherCommitments),
    ...usageThresholdsFromProto(usageThresholds),
  };
}

/** An edit that passed the contract's own rules; unset: nothing is different. */
export function planEditFromProto(message: PlanEditMessage | undefined): PlanEdit<FeeDraft> {
  const { name = '', removeFeeIds = [], replaceFees = [], addFees = [] } = message ?? {};
  return {
    ...(name === '' ? {} : { name }),
    removed: removeFeeIds,
    replaced: replaceFees.map(({ feeId, fee }) => ({ feeId, by: feeDraftFromProto(fee) })),
    added: addFees.map(feeDraftFromProto),
    addedCurrencies: message?.addCurrencyCodes ?? [],
    removedCurrencies: message?.removeCurrencyCodes ?? [],
    ...(message && agreedFromProto(message)),
  };
}
