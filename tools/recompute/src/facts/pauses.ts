import type { Proration } from '../history/cycles';
import {
  fromMsOf,
  takenBack,
  type Become,
  type BilledMeanwhile,
  type Fact,
  type When,
} from './fact';

/** Until it is resumed no more is charged than `billed` says. */
export interface PausedBook {
  readonly kind: 'paused';
  readonly step: number;
  readonly when: When;
  /** Unset: when that is said. */
  readonly resumeMs?: number;
  readonly billed: BilledMeanwhile;
  readonly proration: Proration;
}

/** The pause ends then, and not when it was to end; one that has not begun by then never comes. */
export interface ResumedBook {
  readonly kind: 'resumed';
  readonly step: number;
  readonly when: When;
  readonly proration: Proration;
}

export const paused: Become<PausedBook> = (before, book, said) => {
  const { when, proration, resumeMs, billed: meanwhile } = book;
  const pause: Fact = {
    ...{ kind: 'paused', fromMs: fromMsOf(when, said), proration, reason: 'PAUSED', billed: true },
    terms: (terms) => ({ ...terms, paused: meanwhile }),
  };
  return [...before, pause, ...(resumeMs === undefined ? [] : [resumption(resumeMs, proration)])];
};

export const resumed: Become<ResumedBook> = (before, { when, proration }, said) => {
  const fromMs = fromMsOf(when, said);
  const pause = before.filter(({ kind }) => kind === 'paused').at(-1);
  const never = pause !== undefined && pause.fromMs > said.ms && fromMs <= pause.fromMs;
  const toCome = before.find((fact) => fact.kind === 'resumed' && fact.fromMs > said.ms);
  const left = before.map((fact) =>
    fact === toCome || (never && fact === pause) ? takenBack(said.ms) : fact,
  );
  return never ? left : [...left, resumption(fromMs, proration)];
};

function resumption(fromMs: number, proration: Proration): Fact {
  return {
    ...{ kind: 'resumed', fromMs, proration, reason: 'RESUMED', billed: true },
    terms: ({ paused: _, ...left }) => left,
  };
}
