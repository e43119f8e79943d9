import { create, fromJson, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { BillPartSchema } from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import { derivedId, type JointId } from '@billingrails/ids';
import { decimalText, moneyText } from '@billingrails/money';
import { writeStep, type Group } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import type { PostedBill, PostedLine } from '../intake/domain/posted-bill';
import { kindToProto, reasonToProto } from '../invoices/contract/line-enums';

/** The message that billing would send for the bill; or for one part, of so many, of it or of bills together. */
export function billPartBytes(
  bill: PostedBill,
  part = 0,
  partCount = 1,
  jointId?: JointId,
): Uint8Array {
  const { accountName, planName, currencyCode, subscriptionId, accountId, timeZone } = bill;
  const message = create(BillPartSchema, {
    organisationId: bill.organisationId,
    part,
    partCount,
    ...(jointId === undefined ? {} : { jointId }),
    bill: {
      ...{ accountName, planName, currencyCode, subscriptionId, accountId, timeZone },
      id: bill.billId,
      payerAccountId: bill.payer?.accountId ?? '',
      payerAccountName: bill.payer?.accountName ?? '',
      buysCredits: bill.buysCredits ?? false,
      isTest: bill.isTest ?? false,
      planId: derivedId('plan', 'one'),
      cycle: 0,
      period: periodToProto(bill.period),
      dueTime: toTimestamp(bill.dueMs),
    },
    lines: bill.lines.map((line) => lineToProto(line, currencyCode)),
  });
  return toBinary(BillPartSchema, message);
}

function lineToProto(
  { group, usage, share, credit, product, ...line }: PostedLine,
  currencyCode: string,
) {
  const amount = moneyText({ currencyCode, minorUnits: line.minorUnits });
  return {
    ...line,
    kind: kindToProto(line.kind),
    reason: reasonToProto(line.reason),
    period: periodToProto(line.period),
    quantity: decimalText(line.quantity),
    steps: line.steps.map(writeStep),
    billedAmount: decimalText(line.billedAmount),
    exactAmount: decimalText(line.exactAmount),
    ...credit,
    ...(product === undefined ? {} : { productId: product.id, productName: product.name }),
    amount: { currencyCode, amount },
    ...(share === undefined
      ? {}
      : {
          share: {
            start: share.from.part,
            startOf: share.from.whole,
            end: share.until.part,
            endOf: share.until.whole,
          },
        }),
    ...(group === undefined ? {} : { group: groupToProto(group, usage?.groupVersion) }),
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { meterId: usage.meterId, profile: usage.profile },
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
  };
}

function groupToProto(group: Group, profileVersion = 0) {
  return group === 'other'
    ? { other: true }
    : { values: group.map((value) => fromJson(ValueSchema, value)), profileVersion };
}

function periodToProto({ startMs, endMs }: Period) {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}
