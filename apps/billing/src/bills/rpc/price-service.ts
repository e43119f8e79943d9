import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  PriceService,
  type CorrectPriceRequest,
  type ReRateScope,
  type SimulatePlanRequest,
  type SimulatePlanResponseSchema,
} from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { assert, invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { moneyText } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  feeDraftFromProto,
  groupPriceFromProto,
  priceFromProto,
} from '../../catalogue/contract/fee';
import { commitmentFromProto } from '../../catalogue/contract/commitment';
import { priceCorrectionToProto } from '../../catalogue/contract/price-correction';
import { currenciesOf, planIn } from '../../catalogue/domain/currencies';
import { planViolations, type Plan, type PlanRole } from '../../catalogue/domain/plan';
import { resolveFees } from '../../catalogue/use-cases/resolve-fees';
import {
  correctPrice,
  prepareCorrection,
  type CorrectionDraft,
  type CorrectionTarget,
} from '../../catalogue/use-cases/correct-price';
import type { SubscriptionParts } from '../../service-parts';
import { billToProto } from '../contract/bill';
import { chosenFromProto } from '../contract/scope';
import { reRate } from '../use-cases/re-rate';
import { planToTry, simulatePlan, type Simulated } from '../use-cases/simulate-plan';

/** Corrects prices, and what was billed by them. */
export function priceService(parts: SubscriptionParts): ServiceImpl<typeof PriceService> {
  const answers = async function* (
    scope: ReRateScope | undefined,
    commit: boolean,
    context: HandlerContext,
  ) {
    const { organisationId } = principalOf(context);
    const found = reRate(parts, organisationId, chosenFromProto(scope), commit, context.signal);
    for await (const { bill, accountCount, complete } of found)
      yield {
        ...(bill === undefined ? {} : { bill: billToProto(bill) }),
        accountCount: BigInt(accountCount),
        complete,
      };
  };
  return {
    correctPrice: (request, context) =>
      mutate(parts.mongo, {
        method: PriceService.method.correctPrice,
        request,
        caller: principalOf(context),
        prepare: (organisationId) => {
          const draft = draftFromProto(request);
          const target = targetFromProto(request);
          return prepareCorrection(parts, organisationId, target, draft, context.signal);
        },
        async run(session, organisationId, checked) {
          const target = targetFromProto(request);
          const correction = await correctPrice(parts, session, organisationId, target, checked);
          return { correction: priceCorrectionToProto(correction) };
        },
      }),
    previewReRate: ({ scope }, context) => answers(scope, false, context),
    reRate: ({ scope }, context) => answers(scope, true, context),
    async *simulatePlan(request, context) {
      const { organisationId } = principalOf(context);
      const { replacedPlanId, scope } = request;
      const replaced =
        replacedPlanId === '' ? undefined : await planToTry(parts, organisationId, replacedPlanId);
      const role = replaced?.role ?? 'plan';
      const plan = await triedPlan(parts, organisationId, request, role, context.signal);
      if (replaced !== undefined && plan.role !== role) throw otherRole();
      const replacement = replaced === undefined ? { plan } : { plan, replaced: replaced.id };
      const chosen = chosenFromProto(scope);
      const found = simulatePlan(parts, organisationId, replacement, chosen, context.signal);
      for await (const each of found) yield simulatedToProto(each, plan.currencyCode);
    },
  };
}

function otherCurrency(currencies: readonly string[]) {
  return precondition('PLAN_NOT_FITTING', 'The plan has no prices in that currency.', [
    { field: 'currency_code', description: `must be one of ${currencies.join(', ')}` },
  ]);
}

function otherRole() {
  return precondition('PLAN_NOT_FITTING', 'The plan cannot be tried in the place of that.', [
    {
      field: 'replaced_plan_id',
      description: 'must name a plan for a plan, an add-on for an add-on',
    },
  ]);
}

/** The plan that is named, or a draft that is checked as one that is created. */
async function triedPlan(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  { plan: asked, currencyCode: inCurrency }: SimulatePlanRequest,
  role: PlanRole,
  signal: AbortSignal,
): Promise<Plan> {
  assert(asked.case !== undefined, 'the contract requires a plan');
  if (asked.case === 'planId') {
    const plan = await planToTry(parts, organisationId, asked.value);
    const tried = planIn(plan, inCurrency || plan.currencyCode);
    if (tried === undefined) throw otherCurrency(currenciesOf(plan));
    return tried;
  }
  const { currencyCode, fees, commitment } = asked.value;
  if (inCurrency !== '' && inCurrency !== currencyCode) throw otherCurrency([currencyCode]);
  const draft = { name: '', currencyCode, fees: fees.map(feeDraftFromProto) };
  const violations = planViolations(draft).map(({ field, description }) => {
    return { field: `draft.${field}`, description };
  });
  if (violations.length > 0) throw invalid('PLAN_INVALID', 'The plan cannot be tried.', violations);
  const pathOf = (index: number) => `draft.fees[${index}]`;
  const { ids } = parts;
  const resolved = await resolveFees(parts, organisationId, draft.fees, pathOf, signal);
  return {
    ...{ id: ids.next('plan'), version: 1, status: 'draft', name: '', currencyCode, createMs: 0 },
    role,
    fees: resolved.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: 0 })),
    ...commitmentFromProto(commitment),
  };
}

function simulatedToProto(
  each: Simulated,
  currencyCode: string,
): MessageInitShape<typeof SimulatePlanResponseSchema> {
  const money = (minorUnits: bigint) => {
    return { currencyCode, amount: moneyText({ currencyCode, minorUnits }) };
  };
  const sums = { billed: money(each.billed), simulated: money(each.simulated) };
  if (each.kind === 'account') return { account: { accountId: each.accountId, ...sums } };
  const { accounts, winners, losers } = each;
  const counts = {
    accountCount: BigInt(accounts),
    winnerCount: BigInt(winners),
    loserCount: BigInt(losers),
  };
  return { total: { ...counts, ...sums } };
}

function targetFromProto({ target }: CorrectPriceRequest): CorrectionTarget {
  assert(target.case !== undefined, 'the contract requires a target');
  return target.case === 'planId'
    ? { kind: 'plan', planId: target.value }
    : { kind: 'subscription', subscriptionId: target.value };
}

function draftFromProto({ correction }: CorrectPriceRequest): CorrectionDraft {
  assert(
    correction?.effectiveTime !== undefined,
    'the contract requires a correction and its time',
  );
  const { feeId, price, groupPrices, note, currencyCode, effectiveTime } = correction;
  return {
    ...{ feeId, note, currencyCode },
    price: priceFromProto(price),
    groupPrices: groupPrices.map(groupPriceFromProto),
    effectiveMs: fromTimestamp(effectiveTime, 'correction.effective_time'),
  };
}
