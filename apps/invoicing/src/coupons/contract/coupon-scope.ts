import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CouponScope as CouponScopeMessage,
  CouponScopeSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/coupon_pb';
import type { CouponScope } from '../domain/coupon-scope';

/** Undefined where nothing is named: all lines. */
export function scopeFromProto(message: CouponScopeMessage): CouponScope | undefined {
  const { productIds, planIds, feeIds } = message;
  const names = productIds.length + planIds.length + feeIds.length;
  return names === 0 ? undefined : { productIds, planIds, feeIds };
}

export function scopeToProto({
  productIds,
  planIds,
  feeIds,
}: CouponScope): MessageInitShape<typeof CouponScopeSchema> {
  return { productIds: [...productIds], planIds: [...planIds], feeIds: [...feeIds] };
}
