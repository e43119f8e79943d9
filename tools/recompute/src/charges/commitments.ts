import type { Agreement, Stretch } from '../facts/agreement';
import type { CommitmentBook, History } from '../history';
import { shared } from '../prices/share';
import {
  compare,
  fractionOf,
  minus,
  nearest,
  plus,
  rational,
  sumOf,
  times,
  ZERO,
  type Rational,
} from '../rational';
import { partAmount, WHOLE, type Charge, type Part } from './charge';

const ONE = rational('1');

/** What a span is counted from. */
export interface Counting {
  readonly history: Pick<History, 'plans' | 'graceMs'>;
  /** Of the cycles that are looked at. */
  readonly charges: readonly Charge[];
  readonly firstCycle: number;
  readonly lastCycle: number;
  /** What was billed for the cycles before, in minor units. */
  readonly billed: readonly { readonly charge: Charge; readonly minorUnits: bigint }[];
  readonly digits: number;
  readonly untilMs: number;
  /** Whether a span that has not ended is looked at as if it ended then, to be shown. */
  readonly running: boolean;
}

/** What is missing to the commitments whose spans end in the cycles that are looked at, or is beyond them. */
export function commitmentCharges(agreement: Agreement, counting: Counting): Charge[] {
  const { firstCycle, lastCycle, untilMs, history } = counting;
  return spansOf(agreement, counting)
    .filter(({ last }) => last >= firstCycle && last <= lastCycle)
    .filter(({ last }) => {
      const cycle = agreement.cycles.cycle(last);
      if (counting.running) return cycle.startMs < untilMs;
      const endMs = Math.min(cycle.endMs, agreement.endMs);
      return endMs + history.graceMs <= untilMs;
    })
    .flatMap((span) => chargeOf(agreement, span, counting) ?? []);
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** All spans until an instant, the last of which may not be over. */
function spansOf(agreement: Agreement, counting: Counting): Span[] {
  const { cycles, endMs } = agreement;
  const begins = (cycle: number) => cycles.cycle(cycle).startMs;
  const trialEnd = agreement.facts.find(({ kind }) => kind === 'trial_ended');
  const billed = agreement.facts[0]?.begins?.trial;
  let left = billed === undefined || billed === 'usage' ? 0 : cycles.at(trialEnd?.fromMs ?? 0);
  const spans: Span[] = [];
  for (let first = 0; begins(first) < endMs && begins(first) <= counting.untilMs;) {
    const [stretch] = agreement.stretches(cycles.cycle(first), false);
    const length = left > 0 ? 1 : Number(agreedIn(agreement, counting, stretch)?.cycles ?? '1');
    left -= 1;
    let last = first;
    while (last < first + length - 1 && begins(last + 1) < endMs) last += 1;
    spans.push({ first, last });
    first = last + 1;
  }
  return spans;
}

/** What is agreed in a stretch: for the subscription itself, or with its plan; nothing is as good as none. */
function agreedIn(
  agreement: Agreement,
  { history }: Pick<Counting, 'history'>,
  stretch: Stretch | undefined,
): CommitmentBook | undefined {
  const own = agreement.facts[0]?.commitment;
  const plan = history.plans.find(({ name }) => name === stretch?.plan);
  const agreed = stretch === undefined ? undefined : (own ?? plan?.commitment);
  return agreed === undefined || compare(rational(agreed.amount), ZERO) === 0 ? undefined : agreed;
}

type Committed = Stretch & { readonly agreed: CommitmentBook };

/** The stretches of a cycle with what is committed to in them, joined where that is the same. */
function committedIn(agreement: Agreement, counting: Counting, number: number): Committed[] {
  const joined: Committed[] = [];
  for (const stretch of agreement.stretches(agreement.cycles.cycle(number), true)) {
    const agreed = agreedIn(agreement, counting, stretch);
    const { paused = 'usage', trial = 'usage', endMs, end } = stretch;
    if (agreed === undefined || paused !== 'usage' || trial !== 'usage') continue;
    const last = joined.at(-1);
    if (last?.agreed === agreed && last.endMs === stretch.startMs)
      joined[joined.length - 1] = { ...last, endMs, end };
    else joined.push({ ...stretch, agreed });
  }
  return joined;
}

function chargeOf(
  agreement: Agreement,
  { first, last }: Span,
  counting: Counting,
): Charge | undefined {
  const amounts: Rational[] = [];
  let begin: Stretch | undefined;
  let end: Stretch | undefined;
  for (let number = first; number <= last; number += 1)
    for (const { agreed, ...stretch } of committedIn(agreement, counting, number)) {
      const place = (within: Rational) =>
        fractionOf(
          BigInt(number - first) * within.over + within.of,
          within.over * BigInt(agreed.cycles),
        );
      const share = { start: place(stretch.start), end: place(stretch.end) };
      const amount = shared(rational(agreed.amount), share);
      if (compare(amount, ZERO) === 0) continue;
      amounts.push(amount);
      begin ??= stretch;
      end = stretch;
    }
  if (begin === undefined || end === undefined) return undefined;
  const missing = minus(sumOf(amounts), countedIn({ first, last }, counting));
  const factor = rational(agreedIn(agreement, counting, end)?.overageFactor ?? '1');
  const whole =
    compare(missing, ZERO) > 0 ? missing : times(minus(ZERO, missing), minus(factor, ONE));
  const part: Part = {
    ...{ startMs: begin.startMs, endMs: end.endMs, quantity: ONE, credited: false },
    ...{ ...WHOLE, whole, anew: true },
  };
  const id = `commitment/${first}`;
  const description = 'Minimum commitment';
  return { id, feeCycle: id, kind: 'COMMITMENT', cycle: last, description, parts: [part] };
}

/** What the fees that count came to in the cycles of a span, each charge rounded. */
function countedIn(
  { first, last }: Span,
  { history, charges, firstCycle, billed, digits }: Counting,
): Rational {
  const fees = history.plans.flatMap((plan) => plan.fees);
  const counts = new Set(
    fees
      .filter(({ usage, counting = usage === undefined ? 'left_out' : 'counted' }) => {
        return counting === 'counted';
      })
      .map(({ name }) => name),
  );
  const isCounted = ({ kind, cycle, feeCycle }: Charge) =>
    kind !== 'DISCOUNT' &&
    first <= cycle &&
    cycle <= last &&
    counts.has(feeCycle.split('/')[0] ?? '');
  const scale = fractionOf(10n ** BigInt(digits), 1n);
  let minorUnits = 0n;
  for (const charge of charges)
    if (isCounted(charge)) minorUnits += nearest(times(sumOf(charge.parts.map(partAmount)), scale));
  for (const { charge, minorUnits: rounded } of billed)
    if (charge.cycle < firstCycle && isCounted(charge)) minorUnits += rounded;
  return plus(ZERO, fractionOf(minorUnits, 10n ** BigInt(digits)));
}
