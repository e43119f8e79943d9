import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  BilledTo,
  InvoiceGrouping,
  type AccountSchema,
} from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import type { UpdateAccountRequest } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import type { AccountId } from '@billingrails/ids';
import { toTimestamp } from '@billingrails/rpc';
import type { Account } from '../domain/account';
import type { AccountChange } from '../domain/change-account';
import { payerOf } from '../domain/payer';

const BILLED_TO: Record<Account['billedTo'], BilledTo> = {
  self: BilledTo.SELF,
  parent: BilledTo.PARENT,
};

const GROUPINGS: Record<Account['invoiceGrouping'], InvoiceGrouping> = {
  joint: InvoiceGrouping.JOINT,
  separate: InvoiceGrouping.SEPARATE,
};

/** The account, with whoever pays for it among the others. */
export function accountToProto(
  account: Account,
  others: ReadonlyMap<string, Account>,
): MessageInitShape<typeof AccountSchema> {
  const { id, name, email, parentId, billedTo, invoiceGrouping, createMs } = account;
  return {
    ...{ id, name, email },
    createTime: toTimestamp(createMs),
    parentAccountId: parentId ?? '',
    billedTo: BILLED_TO[billedTo],
    invoiceGrouping: GROUPINGS[invoiceGrouping],
    payerAccountId: payerOf(account, others).id,
    isTest: account.isTest ?? false,
  };
}

/** What a request says of whom the account belongs to and how it is billed. */
export function changeFromProto(
  request: Partial<
    Pick<UpdateAccountRequest, 'name' | 'email' | 'parentAccountId'> &
      Pick<UpdateAccountRequest, 'billedTo' | 'invoiceGrouping'>
  >,
): AccountChange {
  const { name, email, parentAccountId } = request;
  const billedTo = keyOf(BILLED_TO, request.billedTo);
  const invoiceGrouping = keyOf(GROUPINGS, request.invoiceGrouping);
  return {
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(parentAccountId === undefined ? {} : { parentId: parentAccountId as AccountId | '' }),
    ...(billedTo === undefined ? {} : { billedTo }),
    ...(invoiceGrouping === undefined ? {} : { invoiceGrouping }),
  };
}

/** Undefined for unspecified. */
function keyOf<K extends string, V>(values: Record<K, V>, value: V | undefined): K | undefined {
  return (Object.keys(values) as K[]).find((key) => values[key] === value);
}
