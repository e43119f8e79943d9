import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  Coupon as CouponMessage,
  CouponRedemptionSchema,
  CouponSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/coupon_pb';
import { invalid } from '@billingrails/errors';
import { decimalText, moneyText, parseMoney, plainDecimal } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { Coupon, CouponOff, CouponRedemption } from '../domain/coupon';
import { scopeFromProto, scopeToProto } from './coupon-scope';

export type CouponDraft = Omit<Coupon, 'id' | 'redemptionCount' | 'archived'>;

/** Throws DomainError invalid for an amount that is none of its currency, and where nothing is let off. */
export function couponFromProto(message: CouponMessage): CouponDraft {
  const { code, name, invoices, days, redemptionsMax, accountIds, redeemBeforeTime } = message;
  const appliesTo = message.appliesTo && scopeFromProto(message.appliesTo);
  return {
    ...{ code, name },
    off: offFromProto(message.off),
    ...(appliesTo && { appliesTo }),
    ...(invoices === 0 ? {} : { invoices }),
    ...(days === 0 ? {} : { days }),
    ...(redemptionsMax === 0 ? {} : { redemptionsMax }),
    redemptionsPerAccountMax: message.redemptionsPerAccountMax || 1,
    accountIds,
    ...(redeemBeforeTime && {
      redeemBeforeMs: fromTimestamp(redeemBeforeTime, 'coupon.redeem_before_time'),
    }),
  };
}

function offFromProto(off: CouponMessage['off']): CouponOff {
  switch (off.case) {
    case 'percentOff':
      return { kind: 'percent', percent: plainDecimal(off.value) };
    case 'amountOff': {
      const amount = parseMoney(off.value.amount, off.value.currencyCode);
      if (amount !== undefined) return { kind: 'amount', amount };
      const description = 'must be an amount in whole minor units of a currency of ISO 4217';
      throw refused([{ field: 'coupon.amount_off', description }]);
    }
    case undefined: {
      const description = 'is required, or amount_off';
      throw refused([{ field: 'coupon.percent_off', description }]);
    }
  }
}

/** A coupon that cannot be created. */
export function refused(violations: Parameters<typeof invalid>[2]) {
  return invalid('COUPON_INVALID', 'The coupon cannot be created.', violations);
}

export function couponToProto({
  off,
  appliesTo,
  accountIds,
  redeemBeforeMs,
  ...coupon
}: Coupon): MessageInitShape<typeof CouponSchema> {
  return {
    ...coupon,
    off: offToProto(off),
    ...(appliesTo && { appliesTo: scopeToProto(appliesTo) }),
    accountIds: [...accountIds],
    ...(redeemBeforeMs === undefined ? {} : { redeemBeforeTime: toTimestamp(redeemBeforeMs) }),
  };
}

function offToProto(off: CouponOff) {
  if (off.kind === 'percent')
    return { case: 'percentOff', value: decimalText(off.percent) } as const;
  const { currencyCode } = off.amount;
  return { case: 'amountOff', value: { currencyCode, amount: moneyText(off.amount) } } as const;
}

export function redemptionToProto({
  startMs,
  endMs,
  ...redemption
}: CouponRedemption): MessageInitShape<typeof CouponRedemptionSchema> {
  const { id, couponId, accountId, invoiceCount } = redemption;
  return {
    ...{ id, couponId, accountId, invoiceCount },
    startTime: toTimestamp(startMs),
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
  };
}
