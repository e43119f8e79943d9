import type { Stretch } from '../facts/agreement';
import type { FeeBook, PlanBook, UsageBook } from '../history';
import { priced, undiscounted } from '../prices/terms';
import { rational, sumOf, ZERO, type Rational } from '../rational';
import { letOff } from './let-off';
import { WHOLE, type Asked, type Charge, type Due, type Part } from './charge';
import { feeOf } from './order';
import { carriedInto, leftOf, leftTogether, type Units } from './rollover';
import type { Counted } from './usage';

/** What is owed and due for the fees of plans. */
export function feeCharges(asked: Asked): Due {
  const { agreement, account, cycle, history, events, untilMs, beforeStep } = asked;
  const [recurring, used] = [agreement.stretches(cycle, true), agreement.stretches(cycle, false)];
  const endMs = Math.min(cycle.endMs, agreement.endMs);
  const due: Charge[] = [];
  const waiting = new Set<string>();
  // The plans are made in the first step, and a fee charges the cycles that end after it was made.
  const agreed = new Set(
    [...recurring, ...used].flatMap(({ plan, addOns = {} }) => [plan, ...Object.keys(addOns)]),
  );
  const plans =
    cycle.endMs > (history.stepsMs[0] ?? 0)
      ? history.plans.filter(({ name }) => agreed.has(name))
      : [];
  const first = agreement.cycles.at(history.stepsMs[0] ?? 0);
  for (const fee of feesOf(plans)) {
    if (fee.once === true) continue;
    const having = plans.filter(({ fees }) => fees.some(({ name }) => name === fee.name));
    const addOn = having.find(({ isAddOn }) => isAddOn)?.name;
    const [what, all] =
      fee.usage === undefined ? (['recurring', recurring] as const) : (['usage', used] as const);
    const stretches = all.filter(
      ({ paused = what, trial = what, fees }) =>
        paused === what && trial === what && fees?.[fee.name]?.removed !== true,
    );
    const whole = joined(
      stretches.flatMap((stretch): Span[] => {
        const quantity = quantityOf(stretch, having);
        if (quantity === undefined) return [];
        const right = agreement.priced(fee, stretch.startMs, stretch);
        return [{ ...stretch, quantity, fee: discounted(right, cycle.number - first) }];
      }),
    );
    const spans = asked.running && fee.usage !== undefined ? until(whole, untilMs) : whole;
    const [begun] = spans;
    if (begun === undefined) continue;
    const id = `${fee.name}/${cycle.number}`;
    const arrearMs = asked.running ? Math.min(endMs, untilMs) : endMs + history.graceMs;
    const dueMs = fee.inAdvance ? begun.startMs : arrearMs;
    if (dueMs > untilMs) {
      waiting.add(id);
      continue;
    }
    if (fee.groupPrices !== undefined) {
      const of = {
        id,
        feeCycle: id,
        kind: 'USAGE',
        cycle: cycle.number,
        dueMs,
        ...ofAddOn(addOn),
      } as const;
      due.push(
        ...groupCharges(of, spans, (span) => {
          return events.countGroups(account, fee.usage as UsageBook, span, beforeStep);
        }),
      );
      continue;
    }
    const before = asked.chargeBefore(`${fee.name}/${cycle.number - 1}`);
    let left = before === undefined ? [] : leftTogether(before.parts, before.cycle);
    const parts: Part[] = [];
    for (const span of spans) {
      if (fee.usage === undefined) {
        parts.push(recurringPart(span));
        continue;
      }
      const { quantity, events: count } = events.count(account, fee.usage, span, beforeStep);
      const carried = carriedInto(left, span.fee.terms, cycle.number);
      const part = usagePart(span, quantity, count, { carried, before: parts });
      left = [...(part.left?.carried ?? left)];
      parts.push(part);
    }
    const kind = fee.usage === undefined ? 'RECURRING' : 'USAGE';
    const of = { id, feeCycle: id, kind, cycle: cycle.number, dueMs, ...ofAddOn(addOn) } as const;
    due.push({ ...of, description: fee.name, parts });
  }
  const charges = due.map(({ parts, ...charge }) => ({
    ...charge,
    parts: parts.map((part) => ({
      ...part,
      whole: letOff(part.whole, feeOf(charge), asked),
      listed: part.whole,
    })),
  }));
  return { charges, waiting };
}

/** Of what is charged of a fee by quantity in a stretch; undefined where the stretch does not have it. */
function quantityOf(stretch: Stretch, having: readonly PlanBook[]): string | undefined {
  const has = (name: string) => having.some((plan) => plan.name === name);
  if (has(stretch.plan)) return stretch.quantity;
  return Object.entries(stretch.addOns ?? {}).find(([name]) => has(name))?.[1];
}

function ofAddOn(addOn: string | undefined) {
  return addOn === undefined ? {} : { addOn };
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

/** What of the spans lies before an instant. */
function until(spans: readonly Span[], ms: number): Span[] {
  return spans
    .filter(({ startMs }) => startMs < ms)
    .map((span) => ({ ...span, endMs: Math.min(span.endMs, ms) }));
}

/** Each group that was used is a charge; where none was, there is one of nothing. */
function groupCharges(
  of: Omit<Charge, 'description' | 'parts'>,
  spans: readonly Span[],
  count: (span: Stretch) => ReadonlyMap<string, Counted>,
): Charge[] {
  const name = spans[0]?.fee.name ?? '';
  const byGroup = new Map<string, Part[]>();
  for (const span of spans)
    for (const [group, { quantity, events }] of count(span)) {
      const { fee } = span;
      const { model = fee.model } = fee.groupPrices?.find((own) => own.group === group) ?? {};
      const before = byGroup.get(group) ?? [];
      const part = usagePart({ ...span, fee: { ...fee, model } }, quantity, events, { before });
      byGroup.set(group, [...before, part]);
    }
  if (byGroup.size === 0) {
    const parts = spans.reduce<Part[]>(
      (before, span) => [...before, usagePart(span, ZERO, 0, { before })],
      [],
    );
    return [{ ...of, description: name, parts }];
  }
  // In the order of their values, of which none is the first.
  const ordered = [...byGroup].sort(([a], [b]) => {
    return Number(b === 'none') - Number(a === 'none') || (a < b ? -1 : 1);
  });
  return ordered.map(([group, parts]) => {
    return { ...of, id: `${of.id}/${group}`, description: `${name} (${group})`, parts };
  });
}

function recurringPart({ fee, startMs, endMs, start, end, quantity }: Span): Part {
  const of = rational(fee.byQuantity ? quantity : '1');
  const whole = priced(fee.model, fee.terms, of, 0);
  return { startMs, endMs, start, end, quantity: of, credited: false, whole };
}

/** What may be used of earlier cycles, and the parts of the cycle before. */
interface Known {
  readonly carried?: readonly Units[];
  readonly before: readonly Part[];
}

function usagePart(
  { fee, startMs, endMs, start, end }: Span,
  quantity: Rational,
  events: number,
  { carried = [], before }: Known,
): Part {
  const { model, terms } = fee;
  const of = {
    carried: sumOf(carried.map(({ units }) => units)),
    place: { start, end },
    before: sumOf(before.map(({ undiscounted: each = ZERO }) => each)),
  };
  const left = leftOf(carried, terms, quantity);
  return {
    ...{ startMs, endMs, quantity, events, credited: false },
    whole: priced(model, terms, quantity, events, of),
    undiscounted: undiscounted(model, terms, quantity, events, of),
    ...WHOLE,
    ...(left && { left }),
  };
}
