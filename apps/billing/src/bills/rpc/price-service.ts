import {
  PriceService,
  type CorrectPriceRequest,
  type ReRateScope,
} from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { assert } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { groupPriceFromProto, priceFromProto } from '../../catalogue/contract/fee';
import { priceCorrectionToProto } from '../../catalogue/contract/price-correction';
import {
  correctPrice,
  prepareCorrection,
  type CorrectionDraft,
  type CorrectionTarget,
} from '../../catalogue/use-cases/correct-price';
import type { SubscriptionParts } from '../../service-parts';
import { billToProto } from '../contract/bill';
import type { Chosen } from '../use-cases/chosen';
import { reRate } from '../use-cases/re-rate';

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
        organisationId: principalOf(context).organisationId,
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
  };
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
  const { feeId, price, groupPrices, note, effectiveTime } = correction;
  return {
    ...{ feeId, note },
    price: priceFromProto(price),
    groupPrices: groupPrices.map(groupPriceFromProto),
    effectiveMs: fromTimestamp(effectiveTime, 'correction.effective_time'),
  };
}

function chosenFromProto(scope: ReRateScope | undefined): Chosen {
  assert(scope !== undefined, 'the contract requires a scope');
  const { accountIds, subscriptionIds, startTime, endTime } = scope;
  return {
    ...{ accountIds, subscriptionIds },
    ...(startTime === undefined ? {} : { startMs: fromTimestamp(startTime, 'scope.start_time') }),
    ...(endTime === undefined ? {} : { endMs: fromTimestamp(endTime, 'scope.end_time') }),
  };
}
