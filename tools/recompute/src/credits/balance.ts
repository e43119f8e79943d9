import type { RawEvents } from '../charges/usage';
import type { CreditCheckBook, CreditGrantBook, History } from '../history';
import {
  decimalText,
  greatest,
  least,
  minus,
  plus,
  rational,
  sumOf,
  ZERO,
  type Rational,
} from '../rational';
import { recurringInstances, type Carried } from './recurring';

/** What has become of a grant, as decimals. */
export interface ExpectedGrant {
  readonly name: string;
  readonly remaining: string;
  readonly burned: string;
  readonly expired: string;
  readonly voided: string;
  readonly pending: string;
}

/** What credits have come to, as decimals. */
export interface ExpectedBalance {
  readonly available: string;
  readonly used: string;
  readonly overage: string;
  /** By name. */
  readonly grants: readonly ExpectedGrant[];
}

interface Grant extends CreditGrantBook, Partial<Carried> {
  readonly voidMs: number;
  left: Rational;
  /** What of it was too much to be carried into a cycle. */
  lapsed: Rational;
}

/** What must be told of credits, by what was said before a step, and the usage that is known. */
export interface AskedBalance extends Pick<CreditCheckBook, 'account' | 'unit' | 'atMs'> {
  readonly grantsBeforeStep: number;
  readonly factsOfStep: number;
  readonly eventsBeforeStep: number;
  readonly nowMs: number;
}

/** What must be told in a check. */
export function expectedBalance(
  history: Pick<History, 'credits' | 'stepsMs' | 'subscriptions'>,
  events: RawEvents,
  { step, ...check }: CreditCheckBook,
): ExpectedBalance {
  const nowMs = history.stepsMs[step] ?? 0;
  const asked = {
    ...check,
    grantsBeforeStep: step,
    eventsBeforeStep: step,
    nowMs,
    factsOfStep: step - 1,
  };
  return balanceAsked(history, events, asked);
}

/** Event after event, each burns what covers it then. */
export function balanceAsked(
  history: Pick<History, 'credits' | 'stepsMs' | 'subscriptions'>,
  events: RawEvents,
  asked: AskedBalance,
): ExpectedBalance {
  const { account, unit: name, atMs, grantsBeforeStep: step, eventsBeforeStep } = asked;
  const { credits, stepsMs } = history;
  const unit = credits?.units.find((each) => each.name === name);
  if (credits === undefined || unit === undefined) throw new Error('There is no such unit.');
  const voided = new Map(
    credits.voids.filter((each) => each.step < step).map((each) => [each.grant, each.step]),
  );
  const once: readonly (CreditGrantBook & Partial<Carried>)[] = credits.grants.filter(
    (grant) => grant.step < step && grant.account === account && grant.unit === name,
  );
  const again = recurringInstances(history, { ...asked, step });
  const grants = [...once, ...again].map((grant): Grant => {
    const voidMs = stepsMs[voided.get(grant.name) ?? -1] ?? Infinity;
    return { ...grant, voidMs, left: rational(grant.amount), lapsed: ZERO };
  });
  const ordered = [...grants].sort(
    (a, b) =>
      a.priority - b.priority ||
      lastMs(a) - lastMs(b) ||
      Number(b.promotional) - Number(a.promotional),
  );
  let [owed, uncovered, used] = [ZERO, ZERO, ZERO];
  const burn = (ms: number) => {
    for (const grant of ordered) {
      if (ms < grant.fromMs || ms >= endMs(grant)) continue;
      const taken = least(grant.left, owed);
      grant.left = minus(grant.left, taken);
      owed = minus(owed, taken);
    }
  };
  const span = { startMs: Math.min(...grants.map(({ fromMs }) => fromMs)), endMs: atMs };
  const usage = events
    .instants(account, unit.usage, span, eventsBeforeStep)
    .map((ms) => ({ ms, uses: true }));
  const begun = grants.map(({ fromMs }) => fromMs);
  const carried = grants.flatMap(({ carriedMs }) => carriedMs ?? []);
  const others = [...new Set([...begun, ...carried])].filter((ms) => ms <= atMs);
  const moments = [...others.map((ms) => ({ ms, uses: false })), ...usage];
  for (const { ms, uses } of moments.sort(
    (a, b) => a.ms - b.ms || Number(a.uses) - Number(b.uses),
  )) {
    if (!uses) lapse(grants, ms);
    if (uses) [owed, used] = [plus(owed, rational(unit.amount)), plus(used, rational(unit.amount))];
    burn(ms);
    if (unit.borrows) continue;
    uncovered = plus(uncovered, owed);
    owed = ZERO;
  }
  const told = grants.map((grant) => grantAt(grant, atMs));
  const remaining = sumOf(told.map((grant) => rational(grant.remaining)));
  return {
    available: decimalText(minus(remaining, owed)),
    used: decimalText(used),
    overage: decimalText(plus(uncovered, owed)),
    grants: told.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Where a cycle ends, no more than the maximum is carried on: the oldest is too much. */
function lapse(grants: readonly Grant[], ms: number): void {
  const ending = grants.filter(({ carriedMs, maximum }) => carriedMs === ms && maximum);
  for (const { series, maximum = '0' } of ending) {
    const carried = grants
      .filter((grant) => grant.series === series && (grant.carriedMs ?? Infinity) <= ms)
      .filter((grant) => ms < endMs(grant))
      .sort((a, b) => a.fromMs - b.fromMs);
    let tooMuch = minus(sumOf(carried.map(({ left }) => left)), rational(maximum));
    for (const grant of carried) {
      const taken = least(grant.left, greatest(tooMuch, ZERO));
      grant.left = minus(grant.left, taken);
      grant.lapsed = plus(grant.lapsed, taken);
      tooMuch = minus(tooMuch, taken);
    }
  }
}

function endMs({ untilMs = Infinity, voidMs }: Grant): number {
  return Math.min(untilMs, voidMs);
}

/** Of two grants that which expires first is burned first, whether it was taken back before or not. */
function lastMs({ untilMs = Number.MAX_SAFE_INTEGER }: Grant): number {
  return untilMs;
}

function grantAt(grant: Grant, atMs: number): ExpectedGrant {
  const { name, amount, fromMs, untilMs = Infinity, voidMs, left, lapsed } = grant;
  const burned = decimalText(minus(minus(rational(amount), left), lapsed));
  const none = { remaining: '0', expired: '0', voided: '0', pending: '0' };
  const fate =
    atMs >= endMs(grant)
      ? voidMs < untilMs
        ? 'voided'
        : 'expired'
      : atMs < fromMs
        ? 'pending'
        : 'remaining';
  const told = { name, burned, ...none, [fate]: decimalText(left) };
  return { ...told, expired: decimalText(fate === 'expired' ? plus(left, lapsed) : lapsed) };
}
