import { partAmount, type Part } from './charge';
import { leftText } from './rollover';
import { compare, minus, ZERO, type Rational } from '../rational';

/** What makes a part of what was billed right. */
export interface Difference {
  readonly part: Part;
  /** What was billed for the same usage before. */
  readonly billed: Rational;
}

export function differenceAmount({ part, billed }: Difference): Rational {
  return minus(partAmount(part), billed);
}

/** What makes the one list of parts the other; nothing that comes to 0. */
export function differences(
  before: readonly Part[],
  now: readonly Part[],
  isOnce: boolean,
): Difference[] {
  const all = [...before, ...now];
  const found = isOnce
    ? onceDifferences(before, now)
    : all.some(({ events, anew }) => events !== undefined || anew === true)
      ? usageDifferences(before, now)
      : timeDifferences(before, now);
  const known = new Set(before.flatMap(leftKey));
  return found.filter(
    (difference) =>
      compare(differenceAmount(difference), ZERO) !== 0 ||
      leftKey(difference.part).some((key) => difference.part.credited || !known.has(key)),
  );
}

/** What a part leaves for the next cycle: where that is different, there is a line, also one of nothing. */
function leftKey({ startMs, left }: Part): string[] {
  return left === undefined ? [] : [`${startMs}: ${leftText(left)}`];
}

/** What is charged once is told by when it is: each is credited and charged whole. */
function onceDifferences(before: readonly Part[], now: readonly Part[]): Difference[] {
  const isSame = (a: Part, b: Part) => a.startMs === b.startMs && samePrice(a, b);
  const credit = (part: Part) => ({ part: { ...part, credited: !part.credited }, billed: ZERO });
  const gone = before.filter((old) => now.every(({ startMs }) => startMs !== old.startMs));
  return [
    ...gone.map(credit),
    ...now
      .filter((part) => !before.some((old) => isSame(old, part)))
      .flatMap((part) => {
        const old = before.filter(({ startMs }) => startMs === part.startMs);
        return [...old.map(credit), { part, billed: ZERO }];
      }),
  ];
}

/** Usage of the same span is rated anew, less what was billed for it. */
function usageDifferences(before: readonly Part[], now: readonly Part[]): Difference[] {
  const gone = before.filter(({ startMs }) => now.every((part) => part.startMs !== startMs));
  return [
    ...gone.map((part) => ({ part: { ...part, credited: !part.credited }, billed: ZERO })),
    ...now.map((part) => {
      const old = before.find(({ startMs }) => startMs === part.startMs);
      return { part, billed: old === undefined ? ZERO : partAmount(old) };
    }),
  ];
}

interface Moment {
  readonly ms: number;
  readonly place: Rational;
}

/** For each time at which another price holds than was billed, the old one is credited and the new one is charged. */
function timeDifferences(before: readonly Part[], now: readonly Part[]): Difference[] {
  const places = new Map<number, Rational>();
  for (const { startMs, endMs, start, end } of [...before, ...now])
    for (const [ms, place] of [
      [startMs, start],
      [endMs, end],
    ] as const)
      if (!places.has(ms)) places.set(ms, place);
  const moments: Moment[] = [...places]
    .map(([ms, place]) => ({ ms, place }))
    .sort((a, b) => a.ms - b.ms);
  const pieces: { from: Moment; until: Moment; old: Part | undefined; fresh: Part | undefined }[] =
    [];
  for (const [index, until] of moments.slice(1).entries()) {
    const from = moments[index] ?? until;
    const at = (parts: readonly Part[]) =>
      parts.find(({ startMs, endMs }) => startMs <= from.ms && from.ms < endMs);
    const [old, fresh] = [at(before), at(now)];
    if (samePrice(old, fresh)) continue;
    const last = pieces.at(-1);
    if (last?.until.ms === from.ms && last.old === old && last.fresh === fresh) last.until = until;
    else pieces.push({ from, until, old, fresh });
  }
  return pieces.flatMap(({ from, until, old, fresh }) => {
    const span = { startMs: from.ms, endMs: until.ms, start: from.place, end: until.place };
    return [
      ...(old === undefined
        ? []
        : [{ part: { ...old, ...span, credited: !old.credited }, billed: ZERO }]),
      ...(fresh === undefined ? [] : [{ part: { ...fresh, ...span }, billed: ZERO }]),
    ];
  });
}

function samePrice(a: Part | undefined, b: Part | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compare(a.whole, b.whole) === 0 && compare(a.quantity, b.quantity) === 0;
}
