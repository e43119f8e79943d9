import type { RawEvents } from '../charges/usage';
import type { CreditCheckBook, CreditGrantBook, History } from '../history';
import { decimalText, least, minus, plus, rational, sumOf, ZERO, type Rational } from '../rational';

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

interface Grant extends CreditGrantBook {
  readonly voidMs: number;
  left: Rational;
}

/** What must be told in a check: event after event, each burns what covers it then. */
export function expectedBalance(
  { credits, stepsMs }: Pick<History, 'credits' | 'stepsMs'>,
  events: RawEvents,
  { step, account, unit: name, atMs }: CreditCheckBook,
): ExpectedBalance {
  const unit = credits?.units.find((each) => each.name === name);
  if (credits === undefined || unit === undefined) throw new Error('There is no such unit.');
  const voided = new Map(
    credits.voids.filter((each) => each.step < step).map((each) => [each.grant, each.step]),
  );
  const grants = credits.grants
    .filter((grant) => grant.step < step && grant.account === account && grant.unit === name)
    .map((grant): Grant => {
      const voidMs = stepsMs[voided.get(grant.name) ?? -1] ?? Infinity;
      return { ...grant, voidMs, left: rational(grant.amount) };
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
  const usage = events.instants(account, unit.usage, span, step).map((ms) => ({ ms, uses: true }));
  const begun = grants.filter(({ fromMs }) => fromMs <= atMs);
  const moments = [...begun.map(({ fromMs: ms }) => ({ ms, uses: false })), ...usage];
  for (const { ms, uses } of moments.sort(
    (a, b) => a.ms - b.ms || Number(a.uses) - Number(b.uses),
  )) {
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

function endMs({ untilMs = Infinity, voidMs }: Grant): number {
  return Math.min(untilMs, voidMs);
}

/** Of two grants that which expires first is burned first, whether it was taken back before or not. */
function lastMs({ untilMs = Number.MAX_SAFE_INTEGER }: Grant): number {
  return untilMs;
}

function grantAt(grant: Grant, atMs: number): ExpectedGrant {
  const { name, amount, fromMs, untilMs = Infinity, voidMs, left } = grant;
  const burned = decimalText(minus(rational(amount), left));
  const none = { remaining: '0', expired: '0', voided: '0', pending: '0' };
  const fate =
    atMs >= endMs(grant)
      ? voidMs < untilMs
        ? 'voided'
        : 'expired'
      : atMs < fromMs
        ? 'pending'
        : 'remaining';
  return { name, burned, ...none, [fate]: decimalText(left) };
}
