import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { InvoiceLine } from '../domain/invoice';

const kinds: Record<InvoiceLine['kind'], LineKind> = {
  usage: LineKind.USAGE,
  recurring: LineKind.RECURRING,
  one_off: LineKind.ONE_OFF,
  adjustment: LineKind.ADJUSTMENT,
  commitment: LineKind.COMMITMENT,
  discount: LineKind.DISCOUNT,
  promotional_credit: LineKind.PROMOTIONAL_CREDIT,
};

const reasons: Record<NonNullable<InvoiceLine['reason']>, LineReason> = {
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

export function kindToProto(kind: InvoiceLine['kind']): LineKind {
  return kinds[kind];
}

/** Undefined for what is none. */
export function kindFromProto(kind: LineKind): InvoiceLine['kind'] | undefined {
  return nameOf(kinds, kind);
}

export function reasonToProto(reason: InvoiceLine['reason']): LineReason {
  return reason === undefined ? LineReason.UNSPECIFIED : reasons[reason];
}

/** Undefined for the plain course. */
export function reasonFromProto(reason: LineReason): InvoiceLine['reason'] {
  return nameOf(reasons, reason);
}

function nameOf<K extends string, V>(values: Record<K, V>, value: V): K | undefined {
  return (Object.keys(values) as K[]).find((name) => values[name] === value);
}
