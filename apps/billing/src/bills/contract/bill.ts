import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  BillLineSchema,
  BillSchema,
} from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { derivedId, type BillId } from '@billingrails/ids';
import { decimalText, moneyText } from '@billingrails/money';
import { writeStep, type CycleShare } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Entry, Line } from '../domain/bill';
import type { Bill } from '../domain/posted-bill';
import { groupToProto } from '../../contract/group';
import { periodToProto } from '../../contract/period';

const KINDS: Record<Line['kind'], LineKind> = {
  usage: LineKind.USAGE,
  recurring: LineKind.RECURRING,
  one_off: LineKind.ONE_OFF,
  adjustment: LineKind.ADJUSTMENT,
  commitment: LineKind.COMMITMENT,
  discount: LineKind.DISCOUNT,
  promotional_credit: LineKind.PROMOTIONAL_CREDIT,
};

const REASONS: Record<NonNullable<Line['reason']>, LineReason> = {
  late_usage: LineReason.LATE_USAGE,
  voided_usage: LineReason.VOIDED_USAGE,
  changed_usage: LineReason.CHANGED_USAGE,
  plan_changed: LineReason.PLAN_CHANGED,
  quantity_changed: LineReason.QUANTITY_CHANGED,
  add_on_changed: LineReason.ADD_ON_CHANGED,
  fee_changed: LineReason.FEE_CHANGED,
  discount_changed: LineReason.DISCOUNT_CHANGED,
  cancelled: LineReason.CANCELLED,
  paused: LineReason.PAUSED,
  resumed: LineReason.RESUMED,
  trial_ended: LineReason.TRIAL_ENDED,
  price_corrected: LineReason.PRICE_CORRECTED,
  threshold_reached: LineReason.THRESHOLD_REACHED,
  billed_in_part: LineReason.BILLED_IN_PART,
};

export function billToProto(
  bill: Bill,
  { omitLines = false }: { readonly omitLines?: boolean } = {},
): MessageInitShape<typeof BillSchema> {
  const { currencyCode, entries } = bill;
  const lines = entries.flatMap((entry) => entry.lines);
  const minorUnits = lines.reduce((sum, line) => sum + line.minorUnits, 0n);
  return {
    ...headerToProto(bill),
    number: bill.number,
    planVersion: bill.planVersion,
    lines: omitLines ? [] : linesToProto(bill),
    closeTime: toTimestamp(bill.closeMs),
    total: { currencyCode, amount: moneyText({ currencyCode, minorUnits }) },
  };
}

/** What the API and the bus say alike of a bill beside its lines. */
export function headerToProto(bill: Bill) {
  const { id, subscriptionId, accountId, payerId, planId, cycle, timeZone, currencyCode } = bill;
  return {
    ...{ id, subscriptionId, accountId, planId, cycle, timeZone, currencyCode },
    payerAccountId: payerId,
    period: periodToProto(bill.period),
    dueTime: toTimestamp(bill.dueMs),
  };
}

/** A line, as the API and the bus both say it. */
export type LineInit = Extract<MessageInitShape<typeof BillLineSchema>, { $typeName?: never }>;

/** The lines of a bill. */
export function linesToProto({ id, currencyCode, entries }: Bill): LineInit[] {
  return entries.flatMap((entry) =>
    entry.lines.map((line, index) => lineToProto(id, currencyCode, entry, line, index)),
  );
}

function lineToProto(
  billId: BillId,
  currencyCode: string,
  { charge }: Entry,
  line: Line,
  index: number,
): LineInit {
  const { part, kind, reason, billed, exactAmount, minorUnits, correctsBillId } = line;
  const { rated, share, usage, period, credited } = part;
  return {
    id: derivedId('line', billId, charge.id, String(index)),
    chargeId: charge.id,
    kind: KINDS[kind],
    reason: reason === undefined ? LineReason.UNSPECIFIED : REASONS[reason],
    feeId: charge.feeId ?? '',
    productId: charge.productId ?? '',
    description: charge.description,
    period: periodToProto(period),
    quantity: decimalText(rated.quantity),
    unit: charge.unit,
    steps: rated.steps.map(writeStep),
    ...(share === undefined ? {} : { share: shareToProto(share) }),
    credited: credited === true,
    billedAmount: decimalText(billed),
    exactAmount: decimalText(exactAmount),
    amount: { currencyCode, amount: moneyText({ currencyCode, minorUnits }) },
    correctsBillId: correctsBillId ?? '',
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { ...usage.meterProfile },
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
    creditGrantId: charge.credit?.creditGrantId ?? '',
    coveredChargeId: (charge.credit ?? charge.discount)?.coveredChargeId ?? '',
    ...(charge.group === undefined
      ? {}
      : { group: groupToProto(charge.group, usage?.groupVersion) }),
  };
}

function shareToProto({ from, until }: CycleShare) {
  return { start: from.part, startOf: from.whole, end: until.part, endOf: until.whole };
}
