import { objectChanged } from '@billingrails/bus';
import { BillSchema } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Bill } from '../domain/posted-bill';
import { billToProto } from './bill';

/** The message that tells that a bill was made: without its lines. */
export function billCreated(
  organisationId: OrganisationId,
  bill: Bill,
  { isTest, createMs }: { readonly isTest: boolean; readonly createMs: number },
): OutboxMessage {
  const { id: objectId, accountId, dueMs: occurMs } = bill;
  return objectChanged({
    ...{ type: 'bill.created', organisationId, accountId, objectId, isTest, occurMs, createMs },
    schema: BillSchema,
    object: billToProto(bill, { omitLines: true }),
  });
}
