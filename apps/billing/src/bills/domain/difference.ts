import { decimal, decimalText, type Decimal } from '@billingrails/money';
import { carriedAfter, leftAfter } from '@billingrails/rating';
import type { Period, Share } from '@billingrails/time';
import { isCommitted, partAmount, ratedKey, type Part } from './charge';

/** A difference between what was billed and what is owed. */
export interface Difference {
  /** What is owed now; `credited` where it is what is owed no longer. */
  readonly part: Part;
  /** What has been billed for it: the difference is the part's amount less this. */
  readonly billed: Decimal;
}

const ZERO = decimal(0n);

/** The exact amount of a difference. */
export function differenceAmount({ part, billed }: Difference): Decimal {
  return partAmount(part).sub(billed);
}

/**
 * What makes the one list of parts the other. Usage of the same span is a difference of its own, re-rated less billed.
 * Of parts of a whole cycle, what was billed for a time that is no longer so is credited, and what that time costs now
 * is charged. The amounts sum exactly to that of `owed` less that of `billed`. Nothing different: none, but with `all`.
 */
export function differencesOf(
  billed: readonly Part[],
  owed: readonly Part[],
  { all = false }: { readonly all?: boolean } = {},
): Difference[] {
  const differences = byTime(billed, owed) ?? byPart(billed, owed);
  if (all) return differences;
  const known = new Set(billed.map(leftKey));
  return differences.filter(
    (difference) => !differenceAmount(difference).isZero() || rollsOtherwise(difference, known),
  );
}

/** Whether other units are left than was known: what comes to the same leaves something else for the next cycle. */
function rollsOtherwise({ part }: Difference, known: ReadonlySet<string>): boolean {
  if (carriedAfter(part.rated) === undefined) return false;
  return part.credited === true || !known.has(leftKey(part));
}

function leftKey({ period, rated }: Part): string {
  // The part's own are told apart from those of any cycle.
  const left = leftAfter([rated], -1n).map(({ cycle, units }) => [
    cycle.toString(),
    decimalText(units),
  ]);
  return JSON.stringify([period.startMs, left]);
}

/** Parts that begin together are compared; of the others the ones are credited, the others charged. */
function byPart(billed: readonly Part[], owed: readonly Part[]): Difference[] {
  const startOf = ({ period }: Part) => period.startMs;
  const before = new Map(billed.map((part) => [startOf(part), part]));
  const after = new Set(owed.map(startOf));
  return [
    ...billed.filter((part) => !after.has(startOf(part))).map(creditOf),
    ...owed.flatMap((part) => {
      const old = before.get(startOf(part));
      if (old === undefined) return [{ part, billed: ZERO }];
      // What is taken off, and what is missing to a commitment, is one figure, which its difference makes right.
      const isFigure = old.usage !== undefined || old.credited === true || isCommitted(part);
      return !isFigure && ratedKey(old) !== ratedKey(part)
        ? [creditOf(old), { part, billed: ZERO }]
        : [{ part, billed: partAmount(old) }];
    }),
  ];
}

function creditOf(part: Part): Difference {
  return { part: { ...part, credited: part.credited !== true }, billed: ZERO };
}

interface Edge {
  readonly ms: number;
  readonly share: Share;
}

/** Undefined where the parts are no parts of whole cycles, or their ends were measured in different ways. */
function byTime(billed: readonly Part[], owed: readonly Part[]): Difference[] | undefined {
  const parts = [...billed, ...owed];
  if (!parts.some(({ share }) => share !== undefined)) return undefined;
  if (parts.some(({ usage, credited }) => usage !== undefined || credited === true))
    return undefined;
  const edges = edgesOf(parts);
  if (edges === undefined) return undefined;
  const segments = edges.slice(1).flatMap((until, index): Segment[] => {
    const from = edges[index] as Edge;
    const [old, now] = [holding(billed, from.ms), holding(owed, from.ms)];
    if (old === undefined && now === undefined) return [];
    const same = old !== undefined && now !== undefined && ratedKey(old) === ratedKey(now);
    return same ? [] : [{ from, until, ...(old && { old }), ...(now && { now }) }];
  });
  return joined(segments).flatMap(({ from, until, old, now }) => {
    const clip = (part: Part): Part => ({
      ...part,
      period: { startMs: from.ms, endMs: until.ms },
      share: { from: from.share, until: until.share },
    });
    return [
      ...(old === undefined ? [] : [creditOf(clip(old))]),
      ...(now === undefined ? [] : [{ part: clip(now), billed: ZERO }]),
    ];
  });
}

interface Segment {
  readonly from: Edge;
  readonly until: Edge;
  readonly old?: Part;
  readonly now?: Part;
}

/** The ends of all parts, rising; undefined where two of them place one instant differently. */
function edgesOf(parts: readonly Part[]): Edge[] | undefined {
  const edges = new Map<number, Share>();
  for (const { period, share = WHOLE } of parts) {
    for (const [ms, place] of [
      [period.startMs, share.from],
      [period.endMs, share.until],
    ] as const) {
      const known = edges.get(ms);
      if (known !== undefined && known.part * place.whole !== place.part * known.whole)
        return undefined;
      edges.set(ms, known ?? place);
    }
  }
  return [...edges].map(([ms, share]) => ({ ms, share })).sort((a, b) => a.ms - b.ms);
}

const WHOLE = { from: { part: 0n, whole: 1n }, until: { part: 1n, whole: 1n } };

function holding(parts: readonly Part[], ms: number): Part | undefined {
  const holds = ({ startMs, endMs }: Period) => startMs <= ms && ms < endMs;
  return parts.find(({ period }) => holds(period));
}

/** Segments that follow each other with the same parts are one. */
function joined(segments: readonly Segment[]): Segment[] {
  const list: Segment[] = [];
  for (const segment of segments) {
    const last = list.at(-1);
    const follows =
      last?.until.ms === segment.from.ms && last.old === segment.old && last.now === segment.now;
    if (last !== undefined && follows) list[list.length - 1] = { ...last, until: segment.until };
    else list.push(segment);
  }
  return list;
}
