import type { Agreement, Stretch } from './agreement';
import type { Cycle } from './cycles';
import type { FeeBook, History, PlanBook, UsageBook } from './history';
import { priced, shared } from './price';
import { fractionOf, negated, rational, ZERO, type Rational } from './rational';
import type { Counted, RawEvents } from './usage';

/** A part of what a charge comes to. */
export interface Part {
  readonly startMs: number;
  readonly endMs: number;
  readonly quantity: Rational;
  /** Of usage. */
  readonly events?: number;
  readonly credited: boolean;
  /** How much of the cycle's price lies before its ends. */
  readonly start: Rational;
  readonly end: Rational;
  /** What a whole cycle of it costs; of usage, what it costs. */
  readonly whole: Rational;
}

/** What is owed for a fee in a cycle, or by hand. */
export interface Charge {
  /** The same whenever it is computed. */
  readonly id: string;
  /** Its fee in its cycle: what charges of several groups have in common. */
  readonly feeCycle: string;
  readonly kind: 'USAGE' | 'RECURRING' | 'ONE_OFF';
  readonly cycle: number;
  readonly description: string;
  readonly parts: readonly Part[];
}

const NOTHING_BEFORE = fractionOf(0n, 1n);
const ALL = fractionOf(1n, 1n);

export function partAmount({ whole, start, end, credited }: Part): Rational {
  const amount = shared(whole, { start, end });
  return credited ? negated(amount) : amount;
}

export interface Due {
  readonly charges: Charge[];
  /** Fees in cycles whose charges will be due later. */
  readonly waiting: ReadonlySet<string>;
}

/** What is owed and due by an instant for a cycle. */
export function chargesOf(
  { agreement, account, cycle }: { agreement: Agreement; account: string; cycle: Cycle },
  history: Pick<History, 'plans' | 'graceMs' | 'stepsMs'>,
  events: RawEvents,
  { untilMs, beforeStep }: { readonly untilMs: number; readonly beforeStep: number },
): Due {
  const [recurring, used] = [agreement.stretches(cycle, true), agreement.stretches(cycle, false)];
  const endMs = Math.min(cycle.endMs, agreement.endMs);
  const due: Charge[] = [];
  const waiting = new Set<string>();
  // The plans are made in the first step, and a fee charges the cycles that end after it was made.
  const plans = cycle.endMs > (history.stepsMs[0] ?? 0) ? history.plans : [];
  const first = agreement.cycles.at(history.stepsMs[0] ?? 0);
  for (const fee of feesOf(plans)) {
    const having = plans.filter(({ fees }) => fees.some(({ name }) => name === fee.name));
    const [what, all] =
      fee.usage === undefined ? (['recurring', recurring] as const) : (['usage', used] as const);
    const stretches = all.filter(
      ({ plan: own, paused = what, trial = what }) =>
        having.some(({ name }) => name === own) && paused === what && trial === what,
    );
    const spans = joined(
      stretches.map((stretch) => ({
        ...stretch,
        fee: discounted(agreement.priced(fee, stretch.startMs), cycle.number - first),
      })),
    );
    const [begun] = spans;
    if (begun === undefined) continue;
    const id = `${fee.name}/${cycle.number}`;
    if ((fee.inAdvance ? begun.startMs : endMs + history.graceMs) > untilMs) {
      waiting.add(id);
      continue;
    }
    if (fee.groupPrices !== undefined) {
      const of = { id, feeCycle: id, kind: 'USAGE', cycle: cycle.number } as const;
      due.push(
        ...groupCharges(of, spans, (span) => {
          return events.countGroups(account, fee.usage as UsageBook, span, beforeStep);
        }),
      );
      continue;
    }
    const parts = spans.map((span) => {
      if (fee.usage === undefined) return recurringPart(span);
      const { quantity, events: count } = events.count(account, fee.usage, span, beforeStep);
      return usagePart(span, quantity, count);
    });
    const kind = fee.usage === undefined ? 'RECURRING' : 'USAGE';
    due.push({ id, feeCycle: id, kind, cycle: cycle.number, description: fee.name, parts });
  }
  return { charges: [...due, ...byHand(agreement, cycle, untilMs)], waiting };
}

/** The fee without what is let off, where that was for fewer cycles than there were before. */
function discounted(fee: FeeBook, before: number): FeeBook {
  const { discountCycles, ...terms } = fee.terms;
  if (discountCycles === undefined || before < Number(discountCycles)) return fee;
  const { percentOff: _percent, amountOff: _amount, ...left } = terms;
  return { ...fee, terms: left };
}

/** All fees, each once however many versions have it. */
function feesOf(plans: readonly PlanBook[]): Iterable<FeeBook> {
  const fees = plans.flatMap((plan) => plan.fees);
  return new Map(fees.map((fee) => [fee.name, fee])).values();
}

/** A stretch with the fee as it is priced in it. */
type Span = Stretch & { readonly fee: FeeBook };

function priceText(fee: FeeBook | undefined): string {
  return JSON.stringify([fee?.model, fee?.terms, fee?.groupPrices]);
}

/** A fee does not see changes of what it is not priced by. */
function joined(stretches: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const stretch of stretches) {
    const last = spans.at(-1);
    const same =
      priceText(last?.fee) === priceText(stretch.fee) &&
      (!stretch.fee.byQuantity || last?.quantity === stretch.quantity);
    if (last !== undefined && last.endMs === stretch.startMs && same)
      spans[spans.length - 1] = { ...last, endMs: stretch.endMs, end: stretch.end };
    else spans.push(stretch);
  }
  return spans;
}

/** Each group that was used is a charge; where none was, there is one of nothing. */
function groupCharges(
  of: Pick<Charge, 'id' | 'feeCycle' | 'kind' | 'cycle'>,
  spans: readonly Span[],
  count: (span: Stretch) => ReadonlyMap<string, Counted>,
): Charge[] {
  const name = spans[0]?.fee.name ?? '';
  const byGroup = new Map<string, Part[]>();
  for (const span of spans)
    for (const [group, { quantity, events }] of count(span)) {
      const { fee } = span;
      const { model = fee.model } = fee.groupPrices?.find((own) => own.group === group) ?? {};
      const part = usagePart({ ...span, fee: { ...fee, model } }, quantity, events);
      byGroup.set(group, [...(byGroup.get(group) ?? []), part]);
    }
  if (byGroup.size === 0) {
    const parts = spans.map((span) => usagePart(span, ZERO, 0));
    return [{ ...of, description: name, parts }];
  }
  return [...byGroup].map(([group, parts]) => {
    return { ...of, id: `${of.id}/${group}`, description: `${name} (${group})`, parts };
  });
}

function recurringPart({ fee, startMs, endMs, start, end, quantity }: Span): Part {
  const of = rational(fee.byQuantity ? quantity : '1');
  const whole = priced(fee.model, fee.terms, of, 0);
  return { startMs, endMs, start, end, quantity: of, credited: false, whole };
}

function usagePart({ fee, startMs, endMs }: Span, quantity: Rational, events: number): Part {
  const whole = priced(fee.model, fee.terms, quantity, events);
  const share = { start: NOTHING_BEFORE, end: ALL };
  return { startMs, endMs, quantity, events, credited: false, whole, ...share };
}

function byHand(agreement: Agreement, cycle: Cycle, untilMs: number): Charge[] {
  return agreement.facts.flatMap((fact): Charge[] => {
    if (fact.kind !== 'one_off' || fact.fromMs > untilMs) return [];
    if (agreement.cycles.at(fact.fromMs) !== cycle.number) return [];
    const amount = rational(fact.amount);
    const credited = amount.of < 0n;
    const part: Part = {
      startMs: cycle.startMs,
      endMs: cycle.endMs,
      quantity: rational('1'),
      credited,
      start: NOTHING_BEFORE,
      end: ALL,
      whole: credited ? negated(amount) : amount,
    };
    const { description } = fact;
    const id = `by hand/${fact.step}/${description}`;
    return [{ id, feeCycle: id, kind: 'ONE_OFF', cycle: cycle.number, description, parts: [part] }];
  });
}
