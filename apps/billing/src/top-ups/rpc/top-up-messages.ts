import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  TopUpGrantTiming,
  TopUpPauseReason,
  TopUpStatus,
  type TopUpRuleSchema,
  type TopUpTerms as TermsMessage,
  type TopUpTermsSchema,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { plainDecimal, decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import {
  monthAt,
  pauseAt,
  type TopUpPause,
  type TopUpRule,
  type TopUpTerms,
} from '../domain/top-up-rule';

const MONTHLY_COUNT_DEFAULT = 10;

/** The terms as they were asked for. */
export function termsFromProto(message: TermsMessage): TopUpTerms {
  const { monthlyPriceMaximum, monthlyCountMaximum, expiryDays, priority, description } = message;
  return {
    threshold: plainDecimal(message.threshold),
    amount: plainDecimal(message.amount),
    price: plainDecimal(message.price),
    ...(monthlyPriceMaximum === '' ? {} : { monthlyPriceMax: plainDecimal(monthlyPriceMaximum) }),
    monthlyCountMax: monthlyCountMaximum || MONTHLY_COUNT_DEFAULT,
    ...(expiryDays === 0 ? {} : { expiryDays }),
    ...{ priority, description },
    ...(message.grantTiming === TopUpGrantTiming.INVOICE_PAID ? { whenPaid: true } : {}),
  };
}

/** A rule as it is answered, at the organisation's present. */
export function ruleToProto(
  rule: TopUpRule,
  nowMs: number,
): Extract<MessageInitShape<typeof TopUpRuleSchema>, { $typeName?: never }> {
  const { id, accountId, creditUnitId, subscriptionId, currencyCode, terms, createMs } = rule;
  const month = monthAt(rule, nowMs);
  return {
    ...{ id, accountId, creditUnitId, subscriptionId, currencyCode, terms: termsToProto(terms) },
    ...pauseToProto(pauseAt(rule, nowMs)),
    ...{ monthPrice: decimalText(month.price), monthCount: month.count },
    waitingTopUpId: rule.waitingId ?? '',
    createTime: toTimestamp(createMs),
  };
}

function termsToProto(terms: TopUpTerms): MessageInitShape<typeof TopUpTermsSchema> {
  const { threshold, amount, price, monthlyPriceMax, expiryDays = 0 } = terms;
  const { monthlyCountMax: monthlyCountMaximum, priority, description } = terms;
  return {
    ...{ monthlyCountMaximum, expiryDays, priority, description },
    grantTiming: terms.whenPaid === true ? TopUpGrantTiming.INVOICE_PAID : TopUpGrantTiming.AT_ONCE,
    threshold: decimalText(threshold),
    amount: decimalText(amount),
    price: decimalText(price),
    monthlyPriceMaximum: monthlyPriceMax === undefined ? '' : decimalText(monthlyPriceMax),
  };
}

const REASONS: Readonly<Record<TopUpPause['reason'], TopUpPauseReason>> = {
  requested: TopUpPauseReason.REQUESTED,
  monthly_count: TopUpPauseReason.MONTHLY_COUNT,
  monthly_price: TopUpPauseReason.MONTHLY_PRICE,
  subscription_ended: TopUpPauseReason.SUBSCRIPTION_ENDED,
  invoice_voided: TopUpPauseReason.INVOICE_VOIDED,
  not_payer: TopUpPauseReason.NOT_PAYER,
};

function pauseToProto(pause: TopUpPause | undefined) {
  if (pause === undefined) return { status: TopUpStatus.ACTIVE };
  return {
    ...{ status: TopUpStatus.PAUSED, pauseReason: REASONS[pause.reason] },
    ...('resumeMs' in pause ? { resumeTime: toTimestamp(pause.resumeMs) } : {}),
  };
}
