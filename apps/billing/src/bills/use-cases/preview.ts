import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { lookedChanges } from '../../late/domain/adjustment';
import type { MarkStore } from '../../late/store/marks';
import { cyclesOf, periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { rulesOfOne, type RulesParts } from '../../settings/use-cases/rules-of';
import { forecastMetering } from '../../usage/forecast-metering';
import type { Posted } from '../domain/bill';
import { nextMoment, type Moment } from '../domain/moments';
import type { Agreement } from '../domain/agreement';
import type { Horizon } from '../domain/obligations';
import { billOf, type Bill } from '../domain/posted-bill';
import {
  agreementOf,
  firstCycleIn,
  prepareBill,
  progressOf,
  type PrepareParts,
} from './prepare-bill';

/** What showing bills needs. */
export interface PreviewParts extends PrepareParts, RulesParts {
  readonly marks: MarkStore;
}

/** The most bills that are computed to show one to come: five years of months. */
const BILLS_AHEAD_MAX = 60;

/** What is shown of the running cycle. */
export interface Preview {
  /** The bill that would be made if it ended now. */
  readonly bill: Bill;
  /** The bill that would be made at its end, by the pace so far. Unset where no time of a cycle has passed. */
  readonly forecast?: Bill;
}

/** What is shown at `nowMs`. Undefined while usage is still being counted. */
export async function previewNow(
  parts: PreviewParts,
  organisationId: OrganisationId,
  subscription: Subscription,
  nowMs: number,
  signal: AbortSignal,
): Promise<Preview | undefined> {
  const agreement = await agreementOf(parts, organisationId, subscription);
  const { graceMs } = await rulesOfOne(parts, organisationId, subscription);
  const mark = await parts.marks.find(organisationId, subscription.id);
  const looked = mark === undefined ? {} : { changedMs: mark.fromMs };
  const horizon: Horizon = { untilMs: nowMs, graceMs, running: true };
  const shown = { agreement, subscription, horizon, signal, looked };
  const asking = { waitForAcknowledged: false, signal };
  const [entries, forecast] = await Promise.all([
    prepareBill(parts, agreement, subscription, horizon, asking, looked),
    forecastAt(parts, shown),
  ]);
  if (entries === undefined) return undefined;
  const moment: Moment = { ms: nowMs, closes: false };
  const bill = billOf({ agreement, subscription, moment, entries, closeMs: nowMs });
  return { bill, ...(forecast === undefined ? {} : { forecast }) };
}

interface Shown {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  /** Until the present. */
  readonly horizon: Horizon;
  readonly signal: AbortSignal;
  readonly looked: { readonly changedMs?: number };
}

/** The same bill with another horizon, the running cycle's end, and metering's answers by the pace so far. */
async function forecastAt(
  parts: PreviewParts,
  { agreement, subscription, horizon: present, signal, looked }: Shown,
): Promise<Bill | undefined> {
  const { untilMs: nowMs } = present;
  const period = periodAt(subscription, nowMs);
  const cycle = cyclesOf(subscription).at(nowMs)?.number;
  if (period === undefined || cycle === undefined || period.startMs === nowMs) return undefined;
  const soFar = { startMs: period.startMs, endMs: nowMs };
  const paced = { ...parts, metering: forecastMetering(parts.metering, soFar) };
  const horizon: Horizon = { ...present, untilMs: period.endMs };
  const scope = { agreement, subscription, horizon: present, ...looked };
  const cycles = { firstCycle: firstCycleIn(parts, scope), lastCycle: cycle };
  const asking = { waitForAcknowledged: false, signal };
  const entries = await prepareBill(paced, agreement, subscription, horizon, asking, { cycles });
  const moment: Moment = { ms: period.endMs, closes: true };
  const closing = { ...subscription, cycle };
  return entries && billOf({ agreement, subscription: closing, moment, entries, closeMs: nowMs });
}

/**
 * The bill that would be made at `effectiveMs` of a subscription as it would be: every bill that falls due before is
 * computed as it would be made, by what is known now. `none` where nothing would be billed then; undefined while usage
 * is still being counted.
 */
export async function previewAt(
  parts: PreviewParts,
  organisationId: OrganisationId,
  changed: Subscription,
  effectiveMs: number,
  signal: AbortSignal,
): Promise<Bill | 'none' | undefined> {
  const agreement = await agreementOf(parts, organisationId, changed);
  const posted = new Map<string, Posted>();
  const asking = { waitForAcknowledged: false, signal };
  const rules = await rulesOfOne(parts, organisationId, changed);
  const mark = await parts.marks.find(organisationId, changed.id);
  let subscription = changed;
  let last: Bill | 'none' = 'none';
  for (let count = 0; count < BILLS_AHEAD_MAX; count += 1) {
    const moment = nextMoment(agreement, progressOf(subscription), rules.graceMs);
    if (moment === undefined || moment.ms > effectiveMs) return last;
    const horizon: Horizon = { untilMs: moment.ms, graceMs: rules.graceMs };
    const changes = lookedChanges(agreement, subscription, moment, mark, rules);
    const looked = {
      ...(changes === undefined ? {} : { changedMs: changes.fromMs }),
      simulated: posted,
    };
    const entries = await prepareBill(parts, agreement, subscription, horizon, asking, looked);
    if (entries === undefined) return undefined;
    const draft = { agreement, subscription, moment, entries, closeMs: moment.ms };
    const bill = billOf(draft);
    for (const { charge, roundedMinorUnits } of entries)
      posted.set(charge.id, { charge, roundedMinorUnits, billId: bill.id });
    last = moment.ms < effectiveMs || entries.length === 0 ? 'none' : bill;
    subscription = billedTo(subscription, moment, moment.closes || entries.length > 0);
  }
  throw precondition(
    'CHANGE_TOO_FAR',
    `More than ${BILLS_AHEAD_MAX} bills fall due before that change: it can be made, but not shown yet.`,
    [{ field: 'change.effective_time', description: 'lies too many bills ahead to be shown' }],
  );
}

/** The subscription once everything that was due by the moment is billed. */
export function billedTo(
  subscription: Subscription,
  { ms, closes, adjusts = false }: Moment,
  made: boolean,
): Subscription {
  const { cycle, billed, changes } = subscription;
  const bills = billed.bills + (made ? 1 : 0);
  if (adjusts) return { ...subscription, billed: { ...billed, bills } };
  return {
    ...subscription,
    cycle: closes ? cyclesOf(subscription).after(cycle).number : cycle,
    billed: { untilMs: ms, changes: changes.length, bills },
  };
}
