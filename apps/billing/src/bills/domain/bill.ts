import { assert } from '@billingrails/errors';
import type { BillId, FeeId } from '@billingrails/ids';
import { decimal, toMoney, type Decimal } from '@billingrails/money';
import { byEffect, type Fact } from '../../subscriptions/domain/fact';
import {
  exactAmount,
  isCommitted,
  ratedKey,
  type Charge,
  type ChargeKind,
  type Part,
} from './charge';
import { differenceAmount, differencesOf } from './difference';

/** What has been billed for an identity so far: the last entry of the ledger. */
export interface Posted {
  /** As it was computed when it was last billed. */
  readonly charge: Charge;
  /** What has been rounded onto lines so far, in minor units. */
  readonly roundedMinorUnits: bigint;
  /** The bill that it was last on. */
  readonly billId: BillId;
}

/** What a line is for. */
export type LineKind = ChargeKind | 'adjustment';

/** Why there is a line, where it is not the plain course of a cycle. */
export type LineReason =
  | 'late_usage'
  | 'voided_usage'
  | 'changed_usage'
  | 'plan_changed'
  | 'quantity_changed'
  | 'add_on_changed'
  | 'fee_changed'
  | 'discount_changed'
  | 'cancelled'
  | 'paused'
  | 'resumed'
  | 'trial_ended'
  | 'price_corrected'
  | 'threshold_reached'
  | 'billed_in_part';

/** A line of a bill: amount = that of its part less what had been billed for it. */
export interface Line {
  readonly kind: LineKind;
  readonly reason?: LineReason;
  readonly part: Part;
  readonly billed: Decimal;
  readonly exactAmount: Decimal;
  /** What of the identity is rounded onto this line, in minor units. */
  readonly minorUnits: bigint;
  /** The bill that it corrects. */
  readonly correctsBillId?: BillId;
}

/** What a bill posts for an identity. */
export interface Entry {
  /** As it is expected now; what the next bill compares with. */
  readonly charge: Charge;
  /** At least one. */
  readonly lines: readonly Line[];
  /** What has been rounded onto lines, with these. */
  readonly roundedMinorUnits: bigint;
}

/** What a bill is computed from. */
export interface BillInput {
  /** Everything that is due, and everything that has been posted as it is now. */
  readonly expected: readonly Charge[];
  /** By the charge's id. */
  readonly posted: ReadonlyMap<string, Posted>;
  readonly facts: readonly Fact[];
  /** Whether a fact can be why the fee comes to something else. */
  readonly concerns: (fact: Fact, feeId?: FeeId) => boolean;
  readonly currencyCode: string;
}

/**
 * A bill is what is expected less what has been posted: an identity that is new becomes lines, one that comes to
 * something else becomes adjustments that sum to the difference, and where nothing is different there is none. The same
 * function makes previews.
 */
export function entriesOf(input: BillInput): Entry[] {
  const { expected, posted, facts: all, concerns, currencyCode } = input;
  // What was billed up to an instant goes on: what comes after it is not late.
  const whole = [...posted.values()].filter(({ charge }) => charge.cut !== true);
  const billedUsage = new Set(whole.map(({ charge }) => feeCycleKey(charge)));
  // Amounts by hand are of no fee: each is its own, however many a cycle has.
  const isLateGroup = (charge: Charge) =>
    charge.kind === 'usage' && billedUsage.has(feeCycleKey(charge));
  return expected.flatMap((charge) => {
    const before = posted.get(charge.id);
    const facts = all.filter((fact) => concerns(fact, charge.feeId));
    const drafts =
      before === undefined
        ? newLines(charge, facts, isLateGroup(charge))
        : before.charge.cut === true
          ? goingOn(charge, before, facts)
          : adjustments(charge, before, facts);
    if (drafts.length === 0) return [];
    const already = {
      exact: before === undefined ? decimal(0n) : exactAmount(before.charge.parts),
      minorUnits: before?.roundedMinorUnits ?? 0n,
    };
    const { lines, roundedMinorUnits } = rounded(drafts, already, currencyCode);
    const owed = toMoney(exactAmount(charge.parts), currencyCode).minorUnits;
    assert(roundedMinorUnits === owed, 'the lines of an identity sum to the rounding of the whole');
    return [{ charge, lines, roundedMinorUnits }];
  });
}

type LineDraft = Omit<Line, 'minorUnits'>;

/** A group that is used only after its fee was billed for the cycle is an adjustment like any late usage. */
function newLines(charge: Charge, facts: readonly Fact[], isLate: boolean): LineDraft[] {
  if ((isLate || charge.cut === true) && exactAmount(charge.parts).isZero()) return [];
  return charge.parts.map((part) => {
    const isCut = part.share !== undefined && part.share.from.part !== 0n;
    const changed = isCut ? changeThatBegan(part, facts) : undefined;
    const reason = charge.cut === true ? 'threshold_reached' : isLate ? 'late_usage' : changed;
    return {
      kind: isLate ? 'adjustment' : charge.kind,
      ...(reason === undefined ? {} : { reason }),
      part,
      billed: decimal(0n),
      exactAmount: differenceAmount({ part, billed: decimal(0n) }),
    };
  });
}

function adjustments(charge: Charge, before: Posted, facts: readonly Fact[]): LineDraft[] {
  return differencesOf(before.charge.parts, charge.parts).map((difference) => ({
    kind: 'adjustment',
    reason: reasonOf(
      difference.part,
      { billed: before.charge.parts, owed: charge.parts, isDiscount: charge.kind === 'discount' },
      facts,
    ),
    ...difference,
    exactAmount: differenceAmount(difference),
    correctsBillId: before.billId,
  }));
}

/**
 * Where usage was billed up to an instant inside its cycle, each part says what it comes to less what was billed: up
 * to a later instant where that is different, and at the end of the cycle always. Only what makes it less is an
 * adjustment.
 */
function goingOn(charge: Charge, before: Posted, facts: readonly Fact[]): LineDraft[] {
  const isEnd = charge.cut !== true;
  const billed = before.charge.parts;
  return differencesOf(billed, charge.parts, { all: isEnd }).map((difference) => {
    const { part } = difference;
    const exact = differenceAmount(difference);
    const compared = { billed, owed: charge.parts, isDiscount: false, goesOn: true };
    if (exact.isNegative())
      return {
        ...{ kind: 'adjustment', reason: reasonOf(part, compared, facts), ...difference },
        ...{ exactAmount: exact, correctsBillId: before.billId },
      };
    const isKnown = billed.some(({ period }) => period.startMs === part.period.startMs);
    const reason = isEnd ? (isKnown ? 'billed_in_part' : undefined) : 'threshold_reached';
    return { kind: charge.kind, ...(reason && { reason }), ...difference, exactAmount: exact };
  });
}

interface Compared {
  readonly billed: readonly Part[];
  readonly owed: readonly Part[];
  /** Whether it is what a discount takes off. */
  readonly isDiscount: boolean;
  /** Whether what was billed ends where it does because it was billed then. Unset: it does not. */
  readonly goesOn?: boolean;
}

function reasonOf(part: Part, compared: Compared, facts: readonly Fact[]): LineReason {
  const { billed, owed, goesOn = false } = compared;
  if (compared.isDiscount) return 'discount_changed';
  if (isCommitted(part)) return 'changed_usage';
  // Also where another change begins with the part: what that came to was billed before.
  if (isLetOffOtherwise(part, compared, facts)) return 'discount_changed';
  const changed = changeThatBegan(part, facts);
  if (part.usage === undefined) return changed ?? 'price_corrected';
  if (part.credited === true)
    return changed === 'price_corrected' && owed.some((other) => overlap(part, other))
      ? changed
      : 'voided_usage';
  const old = billed.find(({ period }) => period.startMs === part.period.startMs);
  if (old === undefined) {
    // A group that is used late in a span that it had not been used in. But for prices nothing changes for the past.
    if (!billed.some((other) => overlap(part, other))) return 'late_usage';
    return changed ?? 'changed_usage';
  }
  if (!goesOn && old.period.endMs !== part.period.endMs)
    return isCutByCorrection(old, part, facts) ? 'price_corrected' : (changed ?? 'changed_usage');
  const [before, after] = [old.usage?.eventCount ?? 0n, part.usage.eventCount];
  if (after < before) return 'voided_usage';
  if (after > before) return 'late_usage';
  const isRepriced =
    old.rated.quantity.eq(part.rated.quantity) &&
    facts.some(
      ({ kind, effectiveMs }) => kind === 'price_corrected' && effectiveMs < part.period.endMs,
    );
  return isRepriced ? 'price_corrected' : 'changed_usage';
}

/** Whether nothing but percentages that are let off are others than when it was billed. */
function isLetOffOtherwise(
  { period }: Part,
  { billed, owed }: Compared,
  facts: readonly Fact[],
): boolean {
  if (!facts.some(({ kind }) => kind === 'discount_added' || kind === 'discount_removed'))
    return false;
  const at = (parts: readonly Part[]) =>
    parts.find(
      (part) => part.period.startMs <= period.startMs && period.startMs < part.period.endMs,
    );
  const [old, now] = [at(billed), at(owed)];
  if (old === undefined || now === undefined || ratedKey(old) === ratedKey(now)) return false;
  return ratedKey(withoutPercents(old)) === ratedKey(withoutPercents(now));
}

function withoutPercents(part: Part): Part {
  const steps = part.rated.steps.filter(({ kind }) => kind !== 'percentOff');
  const amount = steps.reduce((sum, step) => sum.add(step.amount), decimal(0n));
  return { ...part, rated: { ...part.rated, amount, steps } };
}

function overlap({ period: a }: Part, { period: b }: Part): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}

/** Whether one of two parts that begin together ends where the price was corrected. */
function isCutByCorrection(a: Part, b: Part, facts: readonly Fact[]): boolean {
  const lastMs = Math.max(a.period.endMs, b.period.endMs);
  return facts.some(
    ({ kind, effectiveMs }) =>
      kind === 'price_corrected' && a.period.startMs < effectiveMs && effectiveMs < lastMs,
  );
}

function isReason(kind: Fact['kind']): kind is Fact['kind'] & LineReason {
  switch (kind) {
    case 'plan_changed':
    case 'quantity_changed':
    case 'add_on_changed':
    case 'fee_changed':
    case 'cancelled':
    case 'paused':
    case 'resumed':
    case 'price_corrected':
    case 'trial_ended':
      return true;
    case 'subscribed':
    case 'trial_started':
    case 'term_agreed':
    case 'fee_added':
    case 'discount_added':
    case 'discount_removed':
    case 'one_off':
    case 'taken_back':
      return false;
  }
}

/** The change of the agreement that the part begins with, or that took effect last before. */
function changeThatBegan({ period }: Part, facts: readonly Fact[]): LineReason | undefined {
  let found: LineReason | undefined;
  for (const { kind, effectiveMs } of byEffect(facts)) {
    if (effectiveMs !== period.startMs) continue;
    if (isReason(kind)) found = kind;
  }
  return found;
}

/** Rounds the running sum, so that however many lines there are they sum to the rounding of the whole. */
function rounded(
  drafts: readonly LineDraft[],
  already: { readonly exact: Decimal; readonly minorUnits: bigint },
  currencyCode: string,
): Pick<Entry, 'lines' | 'roundedMinorUnits'> {
  let { exact, minorUnits: roundedMinorUnits } = already;
  const lines = drafts.map((draft) => {
    exact = exact.add(draft.exactAmount);
    const minorUnits = toMoney(exact, currencyCode).minorUnits - roundedMinorUnits;
    roundedMinorUnits += minorUnits;
    return { ...draft, minorUnits };
  });
  return { lines, roundedMinorUnits };
}

function feeCycleKey({ feeId, cycle }: Charge): string {
  return `${feeId ?? ''}/${cycle}`;
}
