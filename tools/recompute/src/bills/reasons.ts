import type { Agreement } from '../facts/agreement';
import { compare } from '../rational';
import type { Charge, Part } from '../charges';

/** Why a line is different from what was billed, or why it is there at all. */
export function reasonOf(
  { kind, feeCycle, addOn, parts: owed }: Charge,
  part: Part,
  { changes, corrections, facts }: Agreement,
  billed: readonly Part[] | undefined,
): string {
  if (kind === 'ONE_OFF' && billed === undefined) return 'UNSPECIFIED';
  if (kind === 'COMMITMENT') return billed === undefined ? 'UNSPECIFIED' : 'CHANGED_USAGE';
  if (kind === 'DISCOUNT') return billed === undefined ? 'UNSPECIFIED' : 'DISCOUNT_CHANGED';
  const corrected = corrections
    .filter(({ fee }) => feeCycle.startsWith(`${fee}/`))
    .map(({ fromMs }) => fromMs);
  const fee = feeCycle.split('/')[0];
  const isDiscounted = facts.some(
    ({ kind: of, discounts = [] }) =>
      of === 'undiscounted' ||
      (of === 'discounted' && discounts.some(({ fee: only = fee }) => only === fee)),
  );
  if (billed !== undefined && isDiscounted && isLetOffOtherwise(part, billed, owed))
    return 'DISCOUNT_CHANGED';
  if (kind === 'USAGE')
    return billed === undefined ? 'UNSPECIFIED' : usageReason(part, billed, owed, corrected);
  // What is charged from the cycle's beginning on is its plain course, whatever it comes from.
  if (billed === undefined && part.start.of === 0n) return 'UNSPECIFIED';
  if (corrected.includes(part.startMs)) return 'PRICE_CORRECTED';
  const began = changes
    .filter(({ fromMs }) => fromMs === part.startMs)
    .filter(({ kind: of, fee, addOn: own }) => {
      if (fee !== undefined) return feeCycle.startsWith(`${fee}/`);
      if (own !== undefined) return own === addOn;
      return of !== 'changed' || addOn === undefined;
    })
    .at(-1);
  return began?.reason ?? (billed === undefined ? 'UNSPECIFIED' : 'PRICE_CORRECTED');
}

/** Whether nothing but percentages that are let off is different. */
function isLetOffOtherwise({ startMs }: Part, billed: readonly Part[], owed: readonly Part[]) {
  const at = (parts: readonly Part[]) =>
    parts.find((each) => each.startMs <= startMs && startMs < each.endMs);
  const [old, now] = [at(billed), at(owed)];
  if (old === undefined || now === undefined || compare(old.whole, now.whole) === 0) return false;
  const [before, after] = [old.listed ?? old.whole, now.listed ?? now.whole];
  return (
    compare(before, after) === 0 &&
    compare(old.quantity, now.quantity) === 0 &&
    old.events === now.events
  );
}

function usageReason(
  part: Part,
  billed: readonly Part[],
  owed: readonly Part[],
  corrected: readonly number[],
): string {
  const meets = (parts: readonly Part[]) =>
    parts.some(({ startMs, endMs }) => startMs < part.endMs && part.startMs < endMs);
  const beginsCorrected = corrected.includes(part.startMs);
  if (part.credited) return beginsCorrected && meets(owed) ? 'PRICE_CORRECTED' : 'VOIDED_USAGE';
  const old = billed.find(({ startMs }) => startMs === part.startMs);
  if (old === undefined) {
    if (!meets(billed)) return 'LATE_USAGE';
    return beginsCorrected ? 'PRICE_CORRECTED' : 'CHANGED_USAGE';
  }
  const lastMs = Math.max(old.endMs, part.endMs);
  if (old.endMs !== part.endMs)
    return corrected.some((ms) => part.startMs <= ms && ms < lastMs)
      ? 'PRICE_CORRECTED'
      : 'CHANGED_USAGE';
  const [before, now] = [old.events ?? 0, part.events ?? 0];
  if (now !== before) return now > before ? 'LATE_USAGE' : 'VOIDED_USAGE';
  const isRepriced =
    compare(old.quantity, part.quantity) === 0 && corrected.some((ms) => ms < part.endMs);
  return isRepriced ? 'PRICE_CORRECTED' : 'CHANGED_USAGE';
}
