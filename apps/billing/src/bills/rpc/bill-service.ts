import type { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { notFound, unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import {
  decodePageToken,
  encodePageToken,
  pageOfLines,
  pageSize,
  principalOf,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { billToProto, linesToProto } from '../contract/bill';
import type { Bill } from '../domain/posted-bill';
import type { BillStore } from '../store/bills';
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
      const { nowMs } = await clocks.presentOf(organisationId, subscription.accountId);
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

    async getBill({ billId, omitLines }, context) {
      const bill = await existing(bills, principalOf(context).organisationId, billId);
      return { bill: billToProto(bill, { omitLines }) };
    },

    async listBillLines(request, context) {
      const { organisationId } = principalOf(context);
      const bill = await existing(bills, organisationId, request.billId);
      const { items, nextPageToken } = pageOfLines(linesToProto(bill), request);
      return { lines: items, nextPageToken };
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
        bills: found.map((bill) => billToProto(bill, request)),
        nextPageToken: last === undefined ? '' : encodePageToken({ ...last }),
      };
    },
  };
}

/** Another organisation's bill looks exactly like none. */
async function existing(
  bills: BillStore,
  organisationId: OrganisationId,
  billId: string,
): Promise<Bill> {
  const bill = await bills.find(organisationId, billId);
  if (bill === undefined) throw notFound('BILL_NOT_FOUND', 'There is no bill of that id.');
  return bill;
}
