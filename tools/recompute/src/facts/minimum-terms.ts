import { instantOf, wallMs } from '../calendar/calendar';
import { Cycles } from '../calendar/cycles';
import type { Proration } from '../history/cycles';

const DAY_MS = 86_400_000;

type Length = { readonly cycles: number } | { readonly months: number };

/** For how long a subscription is agreed at least. */
export interface TermBook {
  readonly first: Length | { readonly ms: number };
  /** How long the terms after it are. Unset: it ends with the first. */
  readonly renewal?: Length;
  /** How the cycle is charged in which it ends with the first. */
  readonly endProration: Proration;
  readonly noticeDays: number;
  /** What an end before that of a term comes to. */
  readonly early: 'not_before_end' | 'free' | 'remaining_fees' | { readonly amount: string };
}

/** What terms are counted by. */
export interface Termed {
  readonly startMs: number;
  readonly timeZone: string;
  readonly cycles: Cycles;
}

interface Term {
  readonly startMs: number;
  readonly endMs: number;
}

/** The terms that follow each other, the first of them first. */
function* termsOf({ first, renewal }: TermBook, termed: Termed): Generator<Term> {
  const { startMs, timeZone, cycles } = termed;
  const months = (ms: number) => {
    const book = { unit: 'month', count: 1, anchor: { kind: 'start' } } as const;
    return new Cycles(ms, timeZone, { ...book, firstProration: 'second' });
  };
  let endMs = 'ms' in first ? first.ms : 0;
  if ('cycles' in first) endMs = cycles.cycle(first.cycles).startMs;
  if ('months' in first) endMs = months(startMs).cycle(first.months).startMs;
  yield { startMs, endMs };
  if (renewal === undefined) return;
  const [units, count] =
    'cycles' in renewal
      ? [cycles, renewal.cycles]
      : [months('months' in first ? startMs : endMs), renewal.months];
  for (let number = units.at(endMs) + count; ; number += count) {
    const next = { startMs: endMs, endMs: units.cycle(number).startMs };
    yield next;
    ({ endMs } = next);
  }
}

function holding(book: TermBook, termed: Termed, ms: number): Term | undefined {
  for (const term of termsOf(book, termed)) if (ms < term.endMs) return term;
  return undefined;
}

/** Whether a term holds: one that is not renewed is over at its end, also where that end was taken back. */
export function isInTerm(book: TermBook, termed: Termed, ms: number): boolean {
  return holding(book, termed, ms) !== undefined;
}

/** When the first term ends. */
export function firstEndMs(book: TermBook, termed: Termed): number {
  return holding(book, termed, -Infinity)?.endMs ?? Infinity;
}

/** When it ends that is to end at an instant, or with its term where none is named; and before which term's end. */
export function endingBy(
  book: TermBook,
  termed: Termed,
  { askedMs, nowMs, freeMs }: { askedMs?: number; nowMs: number; freeMs: number },
): { readonly endMs: number; readonly termEndMs?: number } {
  const present = holding(book, termed, Math.max(nowMs, termed.startMs));
  if (present === undefined) return { endMs: askedMs ?? nowMs };
  const { timeZone } = termed;
  const early = instantOf(wallMs(present.endMs, timeZone) - book.noticeDays * DAY_MS, timeZone);
  const inTime = book.renewal === undefined || nowMs <= Math.max(early, present.startMs);
  const first = inTime ? present : holding(book, termed, present.endMs);
  const earliestMs = first?.endMs ?? Infinity;
  const asked = askedMs ?? -Infinity;
  const held = asked <= earliestMs ? first : holding(book, termed, asked - 1);
  const termEndMs = held === undefined ? asked : Math.min(held.endMs, freeMs);
  if (asked >= termEndMs) return { endMs: asked };
  if (askedMs === undefined || book.early === 'not_before_end') return { endMs: termEndMs };
  return { endMs: asked, termEndMs };
}
