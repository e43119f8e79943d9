import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CreditCategory,
  type CreditGrantSchema,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import type { CreditGrant } from '../domain/credit-grant';

export function creditGrantToProto(grant: CreditGrant): MessageInitShape<typeof CreditGrantSchema> {
  const { id, accountId, creditUnitId, amount, category, priority, memo } = grant;
  const { effectiveMs, expiryMs, createMs, voidMs, scope } = grant;
  const { recurringId = '', topUpId = '' } = grant;
  return {
    ...{ id, accountId, creditUnitId, priority, memo },
    amount: decimalText(amount),
    category: categoryToProto(category),
    effectiveTime: toTimestamp(effectiveMs),
    ...(expiryMs === undefined ? {} : { expiryTime: toTimestamp(expiryMs) }),
    createTime: toTimestamp(createMs),
    ...(voidMs === undefined ? {} : { voidTime: toTimestamp(voidMs) }),
    ...{ recurringCreditGrantId: recurringId, topUpId },
    ...(scope === undefined
      ? {}
      : {
          scope: {
            feeIds: [...scope.feeIds],
            meterProfiles: scope.meterProfiles.map((profile) => ({ ...profile })),
          },
        }),
  };
}

export function categoryToProto(category: CreditGrant['category']): CreditCategory {
  return category === 'paid' ? CreditCategory.PAID : CreditCategory.PROMOTIONAL;
}
