import { CouponService } from '@billingrails/contracts/billingrails/invoicing/v1/coupon_service_pb';
import { assert, conflict, notFound } from '@billingrails/errors';
import { isAccountId, parseId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { couponFromProto, couponToProto, redemptionToProto, refused } from '../contract/coupon';
import { couponViolations, redeem, type Coupon } from '../domain/coupon';

/** Keeps the coupons of the caller's organisation, and who has redeemed them. */
export function couponService({ stores, ids }: ServiceParts): ServiceImpl<typeof CouponService> {
  const { mongo, coupons, couponRedemptions, testClocks } = stores;

  /** Another organisation's coupon looks exactly like none. */
  async function existing(
    organisationId: OrganisationId,
    text: string,
    session?: ClientSession,
  ): Promise<Coupon> {
    const id = parseId('cpn', text);
    const coupon = id && (await coupons.find(organisationId, id, session));
    if (coupon === undefined) throw notFound('COUPON_NOT_FOUND', 'There is no such coupon.');
    return coupon;
  }

  return {
    createCoupon: (request, context) =>
      mutate(mongo, {
        method: CouponService.method.createCoupon,
        request,
        caller: principalOf(context),
        prepare() {
          assert(request.coupon !== undefined, 'the contract requires a coupon');
          const draft = couponFromProto(request.coupon);
          const violations = couponViolations(draft);
          if (violations.length > 0) throw refused(violations);
          return draft;
        },
        async run(session, organisationId, draft) {
          if ((await coupons.findByCode(organisationId, draft.code, session)) !== undefined)
            throw conflict('COUPON_EXISTS', 'There is a coupon of that code.');
          const coupon = { id: ids.next('cpn'), ...draft, redemptionCount: 0, archived: false };
          await coupons.insert(organisationId, coupon, session);
          return { coupon: couponToProto(coupon) };
        },
      }),

    async getCoupon({ couponId }, context) {
      return {
        coupon: couponToProto(await existing(principalOf(context).organisationId, couponId)),
      };
    },

    async listCoupons(request, context) {
      const { items, nextPageToken } = await pageById(request, (slice) =>
        coupons.list(principalOf(context).organisationId, slice),
      );
      return { coupons: items.map(couponToProto), nextPageToken };
    },

    archiveCoupon: (request, context) =>
      mutate(mongo, {
        method: CouponService.method.archiveCoupon,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          const coupon = await existing(organisationId, request.couponId, session);
          await coupons.archive(organisationId, coupon.id, session);
          return { coupon: couponToProto({ ...coupon, archived: true }) };
        },
      }),

    redeemCoupon: (request, context) =>
      mutate(mongo, {
        method: CouponService.method.redeemCoupon,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          const { accountId, code, startTime } = request;
          assert(isAccountId(accountId), 'the contract requires an account');
          const coupon = await coupons.findByCode(organisationId, code, session);
          if (coupon === undefined) throw notFound('COUPON_NOT_FOUND', 'There is no such coupon.');
          const nowMs = await testClocks.present(organisationId, session);
          const startMs = startTime === undefined ? nowMs : fromTimestamp(startTime, 'start_time');
          const earlier = await couponRedemptions.ofAccounts(organisationId, [accountId], session);
          const id = ids.next('cpr');
          const redemption = redeem(coupon, { accountId, earlier, nowMs, startMs, id });
          await couponRedemptions.insert(organisationId, redemption, session);
          await coupons.countRedemption(organisationId, coupon.id, session);
          return { redemption: redemptionToProto(redemption) };
        },
      }),

    endCouponRedemption: (request, context) =>
      mutate(mongo, {
        method: CouponService.method.endCouponRedemption,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          const { couponRedemptionId, endTime } = request;
          const id = parseId('cpr', couponRedemptionId);
          const redemption = id && (await couponRedemptions.find(organisationId, id, session));
          if (redemption === undefined)
            throw notFound('COUPON_REDEMPTION_NOT_FOUND', 'There is no such redemption.');
          const endMs =
            endTime === undefined
              ? await testClocks.present(organisationId, session)
              : fromTimestamp(endTime, 'end_time');
          await couponRedemptions.end(organisationId, redemption.id, endMs, session);
          return { redemption: redemptionToProto({ ...redemption, endMs }) };
        },
      }),

    async listCouponRedemptions(request, context) {
      const { items, nextPageToken } = await pageById(request, (slice) =>
        couponRedemptions.list(
          principalOf(context).organisationId,
          request.accountId as AccountId,
          slice,
        ),
      );
      return { redemptions: items.map(redemptionToProto), nextPageToken };
    },
  };
}
