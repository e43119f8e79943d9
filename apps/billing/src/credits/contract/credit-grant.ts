import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CreditCategory,
  type CreditGrantSchema,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditScope } from '../domain/credit-scope';

export function creditGrantToProto(grant: CreditGrant): MessageInitShape<typeof CreditGrantSchema> {
  const { id, accountId, creditUnitId, amount, category, priority, memo } = grant;
  const { effectiveMs, expiryMs, createMs, voidMs, partialVoids = [], scope } = grant;
  const { recurringId = '', topUpId = '' } = grant;
  return {
    ...{ id, accountId, creditUnitId, priority, memo },
    amount: decimalText(amount),
    category: categoryToProto(category),
    effectiveTime: toTimestamp(effectiveMs),
    ...(expiryMs === undefined ? {} : { expiryTime: toTimestamp(expiryMs) }),
    createTime: toTimestamp(createMs),
    ...(voidMs === undefined ? {} : { voidTime: toTimestamp(voidMs) }),
    partialVoids: partialVoids.map((part) => {
      return { time: toTimestamp(part.ms), amount: decimalText(part.amount) };
    }),
    ...{ recurringCreditGrantId: recurringId, topUpId },
    ...(scope && { scope: scopeToProto(scope) }),
  };
}

export function scopeToProto({ feeIds, meterProfiles }: CreditScope) {
  return {
    feeIds: [...feeIds],
    meterProfiles: meterProfiles.map((profile) => ({ ...profile })),
  };
}

export function categoryToProto(category: CreditGrant['category']): CreditCategory {
  return category === 'paid' ? CreditCategory.PAID : CreditCategory.PROMOTIONAL;
}
