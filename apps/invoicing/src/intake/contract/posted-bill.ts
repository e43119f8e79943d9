import { fromBinary } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  ChargeGroup,
  CycleShare as CycleShareMessage,
} from '@billingrails/contracts/billingrails/common/v1/line_pb';
import {
  BillPartSchema,
  type BillPart as BillPartMessage,
  type PostedBill as PostedBillMessage,
  type PostedLine as PostedLineMessage,
} from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import type { Period as PeriodMessage } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, parseId, type AccountId } from '@billingrails/ids';
import { Decimal, isCurrency, minorDigits, toMoney } from '@billingrails/money';
import { readStep, type CycleShare, type Group } from '@billingrails/rating';
import { fromTimestamp, scalarFromValue } from '@billingrails/rpc';
import { canonicalTimeZone, type Period } from '@billingrails/time';
import { kindFromProto, reasonFromProto } from '../../invoices/contract/line-enums';
import type { BillPart } from '../domain/bill-part';
import type { PostedLine } from '../domain/posted-bill';

/**
 * The part of a bill in a message on `billing.bill_posted`. Throws DomainError invalid when the bytes are no such
 * message, or name the first field that is missing or malformed; whether its arithmetic holds is not looked at here.
 */
export function billPartFromBytes(data: Uint8Array): BillPart {
  const { organisationId, bill: message, lines, part, partCount, jointId } = decoded(data);
  const bill = needed(message, 'bill');
  const { accountName, planName, currencyCode } = bill;
  const planId = needed(parseId('plan', bill.planId), 'bill.plan_id');
  return {
    ...(jointId === '' ? {} : { jointId: needed(parseId('jnt', jointId), 'joint_id') }),
    part: needed(part >= 0 && part < partCount ? part : undefined, 'part'),
    partCount,
    bill: {
      organisationId: needed(parseId('org', organisationId), 'organisation_id'),
      accountId: accountFromProto(bill.accountId, 'bill.account_id'),
      accountName,
      ...optional('payer', payerFromProto(bill)),
      ...(bill.buysCredits ? { buysCredits: true } : {}),
      ...(bill.isTest ? { isTest: true } : {}),
      subscriptionId: needed(parseId('sub', bill.subscriptionId), 'bill.subscription_id'),
      planName,
      billId: needed(parseId('bill', bill.id), 'bill.id'),
      period: periodFromProto(bill.period, 'bill.period'),
      timeZone: canonicalTimeZone(bill.timeZone),
      currencyCode,
      lines: lines.map((line, index) => ({
        planId,
        ...lineFromProto(line, currencyCode, `lines[${index}]`),
      })),
      dueMs: instantFromProto(bill.dueTime, 'bill.due_time'),
    },
  };
}

function payerFromProto({ payerAccountId, payerAccountName }: PostedBillMessage) {
  if (payerAccountId === '') return undefined;
  const accountId = accountFromProto(payerAccountId, 'bill.payer_account_id');
  return { accountId, accountName: payerAccountName };
}

function accountFromProto(text: string, field: string): AccountId {
  return needed(isAccountId(text) ? text : undefined, field);
}

function decoded(data: Uint8Array): BillPartMessage {
  try {
    return fromBinary(BillPartSchema, data);
  } catch {
    throw invalid('UNDECODABLE_MESSAGE', 'The bytes are no BillPart message.');
  }
}

function lineFromProto(line: PostedLineMessage, currencyCode: string, path: string): PostedLine {
  const { description, unit, credited, feeId, planId, correctsBillId, reason, share } = line;
  const { group } = line;
  const decimalOf = (text: string, field: string) => decimalFromProto(text, `${path}.${field}`);
  const amount = line.amount?.currencyCode === currencyCode ? line.amount.amount : '';
  return {
    id: needed(parseId('line', line.id), `${path}.id`),
    chargeId: needed(parseId('chg', line.chargeId), `${path}.charge_id`),
    kind: needed(kindFromProto(line.kind), `${path}.kind`),
    ...optional('reason', reasonFromProto(reason)),
    ...(feeId === '' ? {} : { feeId: needed(parseId('fee', feeId), `${path}.fee_id`) }),
    ...(planId === '' ? {} : { planId: needed(parseId('plan', planId), `${path}.plan_id`) }),
    ...optional('product', productFromProto(line, path)),
    description,
    period: periodFromProto(line.period, `${path}.period`),
    quantity: decimalOf(line.quantity, 'quantity'),
    unit,
    steps: line.steps.map((step, index) => readStep(step, `${path}.steps[${index}]`, malformed)),
    ...optional('share', share === undefined ? undefined : shareFromProto(share)),
    credited,
    billedAmount: decimalOf(line.billedAmount, 'billed_amount'),
    exactAmount: decimalOf(line.exactAmount, 'exact_amount'),
    minorUnits: minorUnitsOf(amount, currencyCode, `${path}.amount`),
    ...(correctsBillId === ''
      ? {}
      : { correctsBillId: needed(parseId('bill', correctsBillId), `${path}.corrects_bill_id`) }),
    ...optional('credit', creditFromProto(line, path)),
    ...(group === undefined ? {} : { group: groupFromProto(group, `${path}.group`) }),
    ...optional('usage', usageFromProto(line, path)),
  };
}

function productFromProto({ productId, productName: name }: PostedLineMessage, path: string) {
  if (productId === '') return undefined;
  return { id: needed(parseId('prod', productId), `${path}.product_id`), name };
}

function creditFromProto({ creditGrantId, coveredChargeId }: PostedLineMessage, path: string) {
  if (creditGrantId === '') return undefined;
  return {
    creditGrantId: needed(parseId('cgr', creditGrantId), `${path}.credit_grant_id`),
    coveredChargeId: needed(parseId('chg', coveredChargeId), `${path}.covered_charge_id`),
  };
}

function usageFromProto(line: PostedLineMessage, path: string) {
  const { meterProfile, eventCount, profileVersion, group } = line;
  if (meterProfile === undefined) return undefined;
  const groupVersion = group?.profileVersion ?? 0;
  const { meterId: counted } = meterProfile;
  // What no credits cover is counted by their unit.
  const found = parseId('mtr', counted) ?? parseId('cun', counted);
  const meterId = needed(found, `${path}.meter_profile.meter_id`);
  return {
    ...{ meterId, profile: meterProfile.profile, eventCount },
    ...(profileVersion === 0 ? {} : { profileVersion }),
    ...(groupVersion === 0 ? {} : { groupVersion }),
  };
}

/**
 * Whole minor units. Amounts may have more digits than quantities. In an unknown currency nothing is whole, and it is
 * refused as such.
 */
function minorUnitsOf(text: string, currencyCode: string, path: string): bigint {
  const amount = decimalFromProto(text, path);
  if (!isCurrency(currencyCode)) return 0n;
  const isWhole = amount.fractionDigits() <= minorDigits(currencyCode);
  return needed(isWhole ? amount : undefined, path) && toMoney(amount, currencyCode).minorUnits;
}

function optional<K extends string, T>(name: K, value: T | undefined): { [key in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: T };
}

function shareFromProto({ start, startOf, end, endOf }: CycleShareMessage): CycleShare {
  return { from: { part: start, whole: startOf }, until: { part: end, whole: endOf } };
}

function groupFromProto({ other, values }: ChargeGroup, path: string): Group {
  if (other) return 'other';
  return values.map((value, index) => needed(scalarFromValue(value), `${path}.values[${index}]`));
}

function periodFromProto(period: PeriodMessage | undefined, path: string): Period {
  return {
    startMs: instantFromProto(period?.startTime, `${path}.start_time`),
    endMs: instantFromProto(period?.endTime, `${path}.end_time`),
  };
}

function instantFromProto(timestamp: Timestamp | undefined, path: string): number {
  return fromTimestamp(needed(timestamp, path), path);
}

function decimalFromProto(text: string, path: string): Decimal {
  return needed(Decimal.parse(text), path);
}

function needed<T>(value: T | undefined, field: string): T {
  return value === undefined ? malformed(field) : value;
}

function malformed(field: string): never {
  throw invalid('UNREADABLE_MESSAGE', `The message cannot be read: ${field}.`, [
    { field, description: 'is missing or malformed' },
  ]);
}
