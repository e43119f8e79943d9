import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DifferenceCause,
  type SweepBillsResponseSchema,
  type UnbilledDifferenceSchema,
} from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { toTimestamp } from '@billingrails/rpc';
import { billToProto } from '../../bills/contract/bill';
import type { NotBilled, SweptSoFar } from '../domain/not-billed';

const CAUSES: Record<NotBilled['cause'], DifferenceCause> = {
  due: DifferenceCause.DUE,
  waiting: DifferenceCause.WAITING,
  window_closed: DifferenceCause.WINDOW_CLOSED,
  untold: DifferenceCause.UNTOLD,
};

export function sweptToProto({
  found,
  accountCount,
  subscriptionCount,
  complete,
}: SweptSoFar): MessageInitShape<typeof SweepBillsResponseSchema> {
  return {
    ...(found === undefined ? {} : { difference: notBilledToProto(found) }),
    accountCount: BigInt(accountCount),
    subscriptionCount: BigInt(subscriptionCount),
    complete,
  };
}

function notBilledToProto(found: NotBilled): MessageInitShape<typeof UnbilledDifferenceSchema> {
  const { id: subscriptionId, accountId } = found.subscription;
  return {
    ...{ subscriptionId, accountId, cause: CAUSES[found.cause] },
    ...(found.cause === 'due'
      ? { dueTime: toTimestamp(found.dueMs) }
      : { bill: billToProto(found.bill) }),
  };
}
