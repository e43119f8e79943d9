import type { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { notFound, unavailable } from '@billingrails/errors';
import { decodePageToken, encodePageToken, pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { billToProto } from '../contract/bill';
import { chosenFromProto } from '../contract/scope';
import { sweptToProto } from '../../late/contract/swept';
import { sweepOnRequest } from '../../late/use-cases/sweep-on-request';
import type { SubscriptionParts } from '../../service-parts';
import { missing } from '../../subscriptions/domain/refusals/missing';
import { previewNow } from '../use-cases/preview';

const position = z.strictObject({ subscriptionId: z.string().min(1), number: z.int().min(0) });

/** Shows what was billed, and what would be. */
export function billService(parts: SubscriptionParts): ServiceImpl<typeof BillService> {
  const { bills, subscriptions, clocks } = parts;
  return {
    async previewBill({ subscriptionId }, context) {
      const { organisationId } = principalOf(context);
      const subscription = await subscriptions.find(organisationId, subscriptionId);
      if (subscription === undefined) throw missing();
      const { nowMs } = await clocks.present(organisationId);
      const { signal } = context;
      const preview = await previewNow(parts, organisationId, subscription, nowMs, signal);
      if (preview === undefined)
        throw unavailable('USAGE_PARTIAL', 'Usage is still being counted.', 5000);
      const { bill, forecast } = preview;
      return {
        bill: billToProto(bill),
        ...(forecast === undefined ? {} : { forecast: billToProto(forecast) }),
      };
    },

    async *sweepBills({ scope }, context) {
      const { organisationId } = principalOf(context);
      const chosen = chosenFromProto(scope);
      for await (const each of sweepOnRequest(parts, organisationId, chosen, context.signal))
        yield sweptToProto(each);
    },

    async getBill({ billId }, context) {
      const bill = await bills.find(principalOf(context).organisationId, billId);
      if (bill === undefined) throw notFound('BILL_NOT_FOUND', 'There is no bill of that id.');
      return { bill: billToProto(bill) };
    },

    async listBills(request, context) {
      const { organisationId } = principalOf(context);
      const { bills: found, last } = await bills.list(organisationId, {
        ...(request.subscriptionId === '' ? {} : { subscriptionId: request.subscriptionId }),
        ...(request.pageToken === ''
          ? {}
          : { after: decodePageToken(request.pageToken, position) }),
        limit: pageSize(request.pageSize),
      });
      return {
        bills: found.map(billToProto),
        nextPageToken: last === undefined ? '' : encodePageToken({ ...last }),
      };
    },
  };
}
