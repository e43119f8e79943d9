import type { AccountId, CreditGrantId, CreditUnitId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import { DAY_MS } from '@billingrails/time';
import fc from 'fast-check';
import { burnDown, NOTHING_USED, spansOf, type CreditState } from './burn-down';
import { accountsOf, entriesToPost, movementsOf, type CreditEntry } from './credit-entry';
import type { CreditGrant } from './credit-grant';
import { revenueCsv, RevenueSums } from './credit-revenue';
import type { Overage } from './credit-unit';
import { burningSpan, scopeOf, type Use as TimedUse } from './testing/balance-at';
import { oracleBalance } from './testing/credit-oracle';

/** Days have ten parts here, at which things happen. */
const PART_MS = DAY_MS / 10;
const DAYS = 6;

/** What ends with the last day is posted with the day after it, which these histories do not have. */
const endAfter = (from: number, lasts: number) =>
  from + lasts === DAYS * 10 ? from + lasts + 1 : from + lasts;

type Use = readonly [part: number, amount: number];

function grantOf(id: number, terms: Partial<CreditGrant>): CreditGrant {
  return {
    id: `cgr_${id}` as CreditGrantId,
    accountId: 'acct_1' as AccountId,
    creditUnitId: 'cun_1' as CreditUnitId,
    amount: decimal(1n),
    ...{ category: 'paid', priority: 1, effectiveMs: 0, memo: '', createMs: 0 },
    ...terms,
  };
}

/** A ledger, and what posting may go on from. */
interface Ledger {
  readonly entries: CreditEntry[];
  states: CreditState[];
}

const newLedger = (): Ledger => ({ entries: [], states: [] });

/**
 * Posts what has moved before a day, as the job does: from the newest state on before which nothing has changed since.
 * Returns the new entries.
 */
function post(
  ledger: Ledger,
  grants: readonly CreditGrant[],
  uses: readonly Use[],
  overage: Overage,
  day: number,
  changedMs = -Infinity,
): CreditEntry[] {
  const untilMs = day * DAY_MS;
  const kept = ledger.states.filter(({ atMs }) => atMs <= changedMs);
  const from = kept.at(-1) ?? NOTHING_USED;
  const midnights = Array.from({ length: day }, (_, index) => index * DAY_MS);
  const first = Math.max(from.atMs, Math.min(...grants.map(({ effectiveMs }) => effectiveMs)));
  const spans = spansOf(
    grants,
    untilMs,
    midnights.filter((midnight) => midnight > first),
    from.atMs,
  ).map((span) => ({ ...span, consumed: consumed(uses, span.startMs, span.endMs) }));
  const burned = burnDown(grants, spans, overage, untilMs, from);
  const moved = movementsOf(burned, untilMs, from.atMs);
  const posted = ledger.entries.filter(({ dayMs }) => dayMs >= from.atMs);
  const entries = entriesToPost(moved, posted, untilMs, ledger.entries.at(-1));
  ledger.entries.push(...entries);
  ledger.states = [...kept, burned.state];
  return entries;
}

/** The first instant of which other grants or usage are known. */
function changedFrom(before: Known | undefined, now: Known): number {
  if (before === undefined) return -Infinity;
  const differs = (a: readonly Use[], b: readonly Use[]) =>
    a.filter(([at, amount]) => !b.some(([other, same]) => other === at && same === amount));
  const uses = [...differs(before.uses, now.uses), ...differs(now.uses, before.uses)];
  const grants = now.grants.filter((grant) => !before.grants.includes(grant));
  return Math.min(
    ...uses.map(([part]) => part * PART_MS),
    ...grants.map(({ effectiveMs, voidMs = Infinity }) => Math.min(effectiveMs, voidMs)),
  );
}

/** What is known at a posting. */
interface Known {
  readonly grants: readonly CreditGrant[];
  /** Of one instant all together. */
  readonly uses: readonly Use[];
}

/** Usage of one instant all together. */
function together(uses: readonly Use[]): Use[] {
  const sums = new Map<number, number>();
  for (const [part, amount] of uses) sums.set(part, (sums.get(part) ?? 0) + amount);
  return [...sums];
}

/** The oracle goes by parts of days. */
function inParts({
  effectiveMs,
  expiryMs,
  voidMs,
  partialVoids = [],
  ...grant
}: CreditGrant): CreditGrant {
  const { rollover } = grant;
  return {
    ...{ ...grant, effectiveMs: effectiveMs / PART_MS },
    ...(rollover && { rollover: { ...rollover, fromMs: rollover.fromMs / PART_MS } }),
    ...(expiryMs === undefined ? {} : { expiryMs: expiryMs / PART_MS }),
    ...(voidMs === undefined ? {} : { voidMs: voidMs / PART_MS }),
    partialVoids: partialVoids.map(({ ms, amount }) => ({ ms: ms / PART_MS, amount })),
  };
}

function consumed(uses: readonly Use[], startMs: number, endMs: number) {
  return uses
    .filter(([part]) => startMs <= part * PART_MS && part * PART_MS < endMs)
    .reduce((sum, [, amount]) => sum.add(decimal(BigInt(amount))), decimal(0n));
}

const text = ({ sequence, kind, dayMs, creditGrantId, amount, balance }: CreditEntry) =>
  `${sequence} day ${dayMs / DAY_MS} ${kind} ${creditGrantId ?? '-'} ${decimalText(amount)} = ${decimalText(balance)}`;

test('days are posted as they pass, and what is known later is an entry of its own for its day', () => {
  const grants = [grantOf(1, { amount: decimal(10n), expiryMs: 2 * DAY_MS })];
  const uses: Use[] = [[3, 4]];
  const ledger = newLedger();
  expect(post(ledger, grants, uses, 'left', 1).map(text)).toEqual([
    ...['1 day 0 granted cgr_1 10 = 10', '2 day 0 burned cgr_1 4 = 6'],
  ]);
  const later = post(ledger, grants, uses, 'left', 3, DAY_MS);
  expect(later.map(text)).toEqual(['3 day 2 expired cgr_1 6 = 0']);
  // One credit was voided, two came late.
  const corrected: Use[] = [
    [3, 3],
    [12, 2],
  ];
  expect(post(ledger, grants, corrected, 'left', 3).map(text)).toEqual([
    '4 day 0 burned cgr_1 -1 = 1',
    '5 day 1 burned cgr_1 2 = -1',
    '6 day 2 expired cgr_1 -1 = 0',
  ]);
  expect(post(ledger, grants, corrected, 'left', 3)).toEqual([]);
});

test('borrowed usage is owed until a grant pays it back', () => {
  const grants = [
    grantOf(1, { amount: decimal(2n) }),
    grantOf(2, { amount: decimal(9n), effectiveMs: DAY_MS }),
  ];
  expect(post(newLedger(), grants, [[3, 5]], 'borrowed', 2).map(text)).toEqual([
    '1 day 0 granted cgr_1 2 = 2',
    '2 day 0 burned cgr_1 2 = 0',
    '3 day 0 borrowed - 3 = -3',
    '4 day 1 granted cgr_2 9 = 6',
    '5 day 1 paid_back cgr_2 3 = 6',
  ]);
});

test("a period's revenue is what was granted, used and has expired, and what is outstanding at its ends", () => {
  const grants = [
    grantOf(1, { amount: decimal(10n), expiryMs: 2 * DAY_MS }),
    grantOf(2, { amount: decimal(5n), category: 'promotional', effectiveMs: DAY_MS, priority: 2 }),
  ];
  const uses: Use[] = [
    [1, 3],
    [11, 1],
    [25, 7],
  ];
  const sums = new RevenueSums(DAY_MS);
  for (const entry of post(newLedger(), grants, uses, 'left', 3)) sums.add(entry);
  expect(revenueCsv(sums.revenue()).split('\r\n')).toEqual([
    'category,opening,granted,burned,paid_back,expired,voided,closing,overage',
    'paid,7,0,1,0,6,0,0,',
    'promotional,0,5,5,0,0,0,0,',
    'none,,,,,,,,2',
    '',
  ]);
});

test('any history of grants, usage, corrections and postings sums to 0, and to what burning credit by credit comes to', () => {
  const part = fc.integer({ min: 0, max: DAYS * 10 - 1 });
  const drafts = fc.array(
    fc.record({
      ...{ amount: fc.integer({ min: 1, max: 9 }), priority: fc.integer({ min: 0, max: 2 }) },
      ...{ from: part, lasts: fc.option(fc.integer({ min: 1, max: 40 })), voided: fc.option(part) },
      category: fc.constantFrom('paid' as const, 'promotional' as const),
      carried: fc.option(fc.integer({ min: 1, max: 30 })),
      back: fc.option(fc.tuple(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 4 }))),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const most = fc.nat({ max: 9 });
  const uses = fc.array(fc.tuple(part, fc.integer({ min: 0, max: 5 })), { maxLength: 8 });
  // What is known at each posting: how many of the grants and uses, and how much of each use.
  const postings = fc.array(
    fc.record({
      ...{ grants: fc.nat({ max: 4 }), uses: fc.nat({ max: 8 }), less: fc.nat({ max: 2 }) },
      day: fc.integer({ min: 1, max: DAYS }),
    }),
    { maxLength: 4 },
  );
  const overage = fc.constantFrom<Overage>('left', 'borrowed');
  fc.assert(
    fc.property(drafts, uses, postings, overage, most, (made, used, posted, policy, maximum) => {
      const grants = made.map(({ amount, from, lasts, voided, carried, back, ...terms }, index) =>
        grantOf(index, {
          ...{ ...terms, amount: decimal(BigInt(amount)), effectiveMs: from * PART_MS },
          ...(lasts === null ? {} : { expiryMs: endAfter(from, lasts) * PART_MS }),
          ...(voided === null ? {} : { voidMs: voided * PART_MS }),
          ...(back === null
            ? {}
            : {
                partialVoids: [
                  { ms: endAfter(from, back[0]) * PART_MS, amount: decimal(BigInt(back[1])) },
                ],
              }),
          ...(carried === null
            ? {}
            : {
                rollover: {
                  ...{ seriesId: 'series', fromMs: endAfter(from, carried) * PART_MS },
                  maximum: decimal(BigInt(maximum)),
                },
              }),
        }),
      );
      const ledger = newLedger();
      let before: Known | undefined;
      const postKnown = (now: Known, day: number) => {
        const entries = post(ledger, now.grants, now.uses, policy, day, changedFrom(before, now));
        before = now;
        return entries;
      };
      for (const known of [...posted].sort((a, b) => a.day - b.day)) {
        const counted = used
          .slice(0, known.uses)
          .map(([at, amount]): Use => [at, Math.max(0, amount - known.less)]);
        const granted = grants.slice(0, Math.max(1, known.grants));
        postKnown({ grants: granted, uses: together(counted) }, known.day);
      }
      const all = { grants, uses: together(used) };
      postKnown(all, DAYS);
      expect(postKnown(all, DAYS)).toEqual([]);
      expect(post(ledger, grants, used, policy, DAYS)).toEqual([]);
      const { entries } = ledger;
      expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));

      const accounts = accountsOf(entries);
      const total = Object.values(accounts).reduce((sum, each) => sum.add(each));
      expect(total.isZero()).toBe(true);
      const whole = oracleBalance(grants.map(inParts), used, policy, DAYS * 10);
      const owed = policy === 'borrowed' ? whole.overage : 0;
      expect(decimalText(accounts.available)).toBe(String(whole.available + owed));
      const { balance } = entries.at(-1) ?? { balance: decimal(0n) };
      expect(decimalText(balance)).toBe(String(whole.available));
    }),
    { numRuns: howMany(150, 100_000) },
  );
});

test('a ledger that is posted day by day comes to the balance, also where usage falls and grants cover some profiles', () => {
  const part = fc.integer({ min: 0, max: DAYS * 10 - 1 });
  const profile = fc.constantFrom('a' as const, 'b' as const);
  const amount = fc.integer({ min: -5, max: 6 }).map(String);
  const uses = fc.array(fc.tuple(part, amount, profile), { maxLength: 8 });
  const drafts = fc.array(
    fc.tuple(part, fc.integer({ min: 1, max: 9 }), fc.option(profile), fc.option(part)),
    { minLength: 1, maxLength: 4 },
  );
  const overage = fc.constantFrom<Overage>('left', 'borrowed', 'billed');
  fc.assert(
    fc.property(drafts, uses, overage, (made, used, policy) => {
      const grants = made.map(([from, credits, own, ends], index) =>
        grantOf(index, {
          ...{ amount: decimal(BigInt(credits)), effectiveMs: from * PART_MS },
          ...(own === null ? {} : { scope: scopeOf(own) }),
          ...(ends === null || ends <= from ? {} : { expiryMs: ends * PART_MS }),
        }),
      );
      const told = used.map(([at, text, of]): TimedUse => [at * PART_MS, text, of]);
      const untilMs = DAYS * DAY_MS;
      const burned = (midnights: number[], toMs: number, from = NOTHING_USED) => {
        const later = midnights.filter((midnight) => midnight > from.atMs);
        const spans = spansOf(grants, toMs, later, from.atMs).map((span) =>
          burningSpan(span, told),
        );
        return burnDown(grants, spans, policy, toMs, from);
      };
      const entries: CreditEntry[] = [];
      let state = NOTHING_USED;
      for (let day = 1; day <= DAYS; day += 1) {
        const balance = burned([], day * DAY_MS, state);
        const moved = movementsOf(balance, day * DAY_MS, state.atMs);
        entries.push(...entriesToPost(moved, [], day * DAY_MS, entries.at(-1)));
        ({ state } = balance);
      }
      const whole = burned([], untilMs);
      const { available, owed } = accountsOf(entries);
      expect(decimalText(available.add(owed))).toBe(decimalText(whole.available));
      const days = Array.from({ length: DAYS }, (_, index) => index * DAY_MS);
      const inDays = movementsOf(burned(days, untilMs), untilMs);
      expect(entriesToPost(inDays, entries, untilMs)).toEqual([]);
    }),
    { numRuns: howMany(100, 10_000) },
  );
});
