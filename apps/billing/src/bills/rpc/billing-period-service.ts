import type { BillingPeriodService } from '@billingrails/contracts/billingrails/billing/v1/billing_period_service_pb';
import { notFound } from '@billingrails/errors';
import { decodePageToken, encodePageToken, pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { billingPeriodToProto } from '../contract/billing-period';
import type { RpcParts } from '../../rpc/rpc-parts';

const position = z.strictObject({ subscriptionId: z.string().min(1), cycle: z.int().min(0) });

/** Shows what was closed. */
export function billingPeriodService({
  billingPeriods,
}: RpcParts): ServiceImpl<typeof BillingPeriodService> {
  return {
    async getBillingPeriod({ billingPeriodId }, context) {
      const closed = await billingPeriods.find(
        principalOf(context).organisationId,
        billingPeriodId,
      );
      if (closed === undefined)
        throw notFound('BILLING_PERIOD_NOT_FOUND', 'There is no closed period of that id.');
      return { billingPeriod: billingPeriodToProto(closed) };
    },

    async listBillingPeriods(request, context) {
      const { organisationId } = principalOf(context);
      const { periods, last } = await billingPeriods.list(organisationId, {
        ...(request.subscriptionId === '' ? {} : { subscriptionId: request.subscriptionId }),
        ...(request.pageToken === ''
          ? {}
          : { after: decodePageToken(request.pageToken, position) }),
        limit: pageSize(request.pageSize),
      });
      return {
        billingPeriods: periods.map(billingPeriodToProto),
        nextPageToken: last === undefined ? '' : encodePageToken({ ...last }),
      };
    },
  };
}
