import type { MessageInitShape } from '@bufbuild/protobuf';
import { objectChanged } from '@billingrails/bus';
import {
  TopUpGrantStatus,
  TopUpSchema,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import type { OutboxMessage } from '@billingrails/mongo';
import { toTimestamp } from '@billingrails/rpc';
import type { Granting, TopUp } from '../domain/top-up';

const STATUSES: Readonly<Record<Granting['kind'], TopUpGrantStatus>> = {
  granted: TopUpGrantStatus.GRANTED,
  waiting: TopUpGrantStatus.WAITING,
  cancelled: TopUpGrantStatus.CANCELLED,
};

/** What a rule has bought, as it is answered. */
export function topUpToProto(topUp: TopUp): MessageInitShape<typeof TopUpSchema> {
  const { id, ruleId: topUpRuleId, number, ms, chargeId, billId, granting } = topUp;
  return {
    ...{ id, topUpRuleId, number, time: toTimestamp(ms), chargeId, billId },
    grantStatus: STATUSES[granting.kind],
    creditGrantId: granting.kind === 'granted' ? granting.creditGrantId : '',
    available: decimalText(topUp.available),
    amount: decimalText(topUp.amount),
    price: decimalText(topUp.price),
  };
}

/** The message that tells that a rule has bought. */
export function topUpCreated(
  organisationId: OrganisationId,
  topUp: TopUp,
  of: { readonly accountId: AccountId; readonly isTest: boolean; readonly createMs: number },
): OutboxMessage {
  const { id: objectId, ms: occurMs } = topUp;
  const object = topUpToProto(topUp);
  return objectChanged({
    ...{ type: 'top_up.created', organisationId, objectId, occurMs, ...of },
    ...{ schema: TopUpSchema, object },
  });
}
