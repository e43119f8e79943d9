/** A whole number of parts of `of`. */
type Ratio = readonly [bigint, bigint];

export interface OracleRate {
  /** Hundredths of a percent. */
  readonly basisPoints: bigint;
  readonly compound: boolean;
}

export interface OracleLine {
  readonly amount: bigint;
  readonly included: boolean;
  readonly isCredit: boolean;
  /** By their places among the rates. */
  readonly rates: readonly number[];
}

/** Hundredths of a percent, or minor units, off the lines at these places; unset: off all. */
export interface OracleDiscount {
  readonly percent?: bigint;
  readonly minorUnits?: bigint;
  readonly places?: readonly number[] | undefined;
}

export interface OracleInput {
  readonly lines: readonly OracleLine[];
  readonly rates: readonly OracleRate[];
  readonly discounts: readonly OracleDiscount[];
  readonly rounding: 'invoice' | 'line';
}

/**
 * The totals of an invoice, slowly and one minor unit at a time: what is spread is handed out unit by unit to whoever
 * lacks most. No code of what it is compared with.
 */
export function totalsByHand({ lines, rates, discounts, rounding }: OracleInput) {
  let left = lines.map(({ amount }) => amount);
  const offs: bigint[] = [];
  const take = ({ places }: OracleDiscount, wanted: (sum: bigint) => bigint): void => {
    const own = left.map((each, index) => (places?.includes(index) === false ? 0n : each));
    const charges = own.map((each, index) => (lines[index]?.isCredit === true ? 0n : each));
    const sum = charges.reduce((a, b) => a + b, 0n);
    const all = own.reduce((a, b) => a + b, 0n);
    const room = all < 0n ? 0n : all;
    const off = wanted(sum) > room ? room : wanted(sum);
    offs.push(off);
    if (off === 0n) return;
    const parts = handOut(
      charges.map((each): Ratio => [off * each, sum]),
      off,
    );
    left = left.map((each, index) => each - (parts[index] ?? 0n));
  };
  for (const each of discounts) {
    const { percent } = each;
    if (percent !== undefined) take(each, (sum) => nearest([sum * percent, 10_000n]));
  }
  for (const each of discounts) {
    const { minorUnits } = each;
    if (minorUnits !== undefined)
      take(each, (sum) => (sum <= 0n ? 0n : sum < minorUnits ? sum : minorUnits));
  }

  const taxes = new Map<string, { base: bigint; amount: bigint }>();
  const nets = [...left];
  const groups = rounding === 'invoice' ? [lines.map((_, i) => i)] : lines.map((_, i) => [i]);
  for (const group of groups) {
    const simple = lines.map(() => 0n);
    const found: { key: string; line: number; compound: boolean }[] = [];
    for (const compound of [false, true])
      for (const [place, rate] of rates.entries())
        for (const included of [false, true]) {
          const on = group.filter(
            (i) => lines[i]?.included === included && lines[i]?.rates.includes(place),
          );
          if (rate.compound !== compound || on.length === 0) continue;
          const exact = on.map((i): Ratio => {
            const amount = left[i] ?? 0n;
            const s = sumOf(lines[i]?.rates ?? [], (r) =>
              rates[r]?.compound ? 0n : (rates[r]?.basisPoints ?? 0n),
            );
            const own = (r: number): bigint => {
              const { basisPoints, compound: isCompound } = rates[r] ?? rate;
              return isCompound ? basisPoints * (10_000n + s) : basisPoints * 10_000n;
            };
            if (!included)
              return [(amount + (compound ? (simple[i] ?? 0n) : 0n)) * rate.basisPoints, 10_000n];
            return [amount * own(place), 100_000_000n + sumOf(lines[i]?.rates ?? [], own)];
          });
          const whole = exact.reduce(([a, b], [c, d]): Ratio => [a * d + c * b, b * d], [0n, 1n]);
          const amount = nearest(whole);
          const parts = handOut(exact, amount);
          const key = `${place}/${included}`;
          const before = taxes.get(key) ?? { base: 0n, amount: 0n };
          taxes.set(key, { ...before, amount: before.amount + amount });
          for (const [index, i] of on.entries()) {
            const part = parts[index] ?? 0n;
            if (included) nets[i] = (nets[i] ?? 0n) - part;
            if (!compound) simple[i] = (simple[i] ?? 0n) + part;
            found.push({ key, line: i, compound });
          }
        }
    for (const { key, line, compound } of found) {
      const tax = taxes.get(key);
      if (tax !== undefined)
        tax.base += (nets[line] ?? 0n) + (compound ? (simple[line] ?? 0n) : 0n);
    }
  }
  const net = nets.reduce((a, b) => a + b, 0n);
  const tax = [...taxes.values()].reduce((sum, { amount }) => sum + amount, 0n);
  return { offs, taxes, nets, net, tax, total: net + tax };
}

/** Half away from zero. */
function nearest([dividend, divisor]: Ratio): bigint {
  const [size, by] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  let whole = size / by;
  if ((size - whole * by) * 2n >= by) whole += 1n;
  return dividend < 0n !== divisor < 0n ? -whole : whole;
}

/** Units are handed out one by one, of the sum's sign, each to the one that lacks most of it, the earlier of equals. */
function handOut(exact: readonly Ratio[], amount: bigint): bigint[] {
  const by = exact.reduce((product, [, divisor]) => product * divisor, 1n);
  // What is due to each on one scale; a whole unit is `by`.
  let due = exact.map(([dividend, divisor]) => (dividend * by) / divisor);
  let unit = by;
  if (unit < 0n) [due, unit] = [due.map((each) => -each), -unit];
  const whole = due.reduce((a, b) => a + b, 0n);
  const sign = whole < 0n ? -1n : 1n;
  due = due.map((each) => each * sign);
  const parts = due.map((each) => {
    let floor = each / unit;
    if (floor * unit > each) floor -= 1n;
    return floor;
  });
  const handed = () => parts.reduce((a, b) => a + b, 0n);
  while (handed() < amount * sign) {
    const lack = parts.map((part, index) => (due[index] ?? 0n) - part * unit);
    const most = lack.reduce((a, b) => (a < b ? b : a));
    const at = lack.indexOf(most);
    parts[at] = (parts[at] ?? 0n) + 1n;
  }
  return parts.map((part) => part * sign);
}

function sumOf(places: readonly number[], of: (place: number) => bigint): bigint {
  return places.reduce((sum, place) => sum + of(place), 0n);
}
