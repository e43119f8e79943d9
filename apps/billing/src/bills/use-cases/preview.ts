import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { AccountStore } from '../../accounts/store/accounts';
import { payerIdOf } from '../../accounts/use-cases/payer-id';
import type { Mark } from '../../late/domain/adjustment';
import { hearChanges, type HearParts } from '../../late/use-cases/hear-changes';
import { cyclesOf, periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { rulesOfOne, type RulesParts } from '../../settings/use-cases/rules-of';
import { askedOnce } from '../../usage/asked-once';
import { isFailure } from '../../usage/attempt';
import { forecastMetering } from '../../usage/forecast-metering';
import type { Moment } from '../domain/moments';
import type { Agreement } from '../domain/agreement';
import type { Horizon } from '../domain/obligations';
import { billOf, dueOfBill, type Bill } from '../domain/posted-bill';
import { agreementOf, firstCycleIn, prepareBill, type PrepareParts } from './prepare-bill';

/** What showing bills needs. */
export interface PreviewParts extends PrepareParts, RulesParts, HearParts {
  readonly accounts: AccountStore;
}

/** What is shown of the running cycle. */
export interface Preview {
  /** The bill that would be made if it ended now. */
  readonly bill: Bill;
  /** The bill that would be made at its end, by the pace so far. Unset where no time of a cycle has passed. */
  readonly forecast?: Bill;
}

/** What is shown at `nowMs`. Undefined while usage is still being counted. */
export async function previewNow(
  { metering, ...others }: PreviewParts,
  organisationId: OrganisationId,
  subscription: Subscription,
  nowMs: number,
  signal: AbortSignal,
): Promise<Preview | undefined> {
  // The forecast rests on the usage that the bill shows.
  const parts = { ...others, metering: askedOnce(metering) };
  const agreement = await agreementOf(parts, organisationId, subscription);
  const { graceMs } = await rulesOfOne(parts, organisationId, subscription);
  const payerId = await payerIdOf(parts.accounts, organisationId, subscription.accountId);
  const mark = await heardOf(parts, agreement, subscription, signal);
  const moment: Moment = { ms: nowMs, closes: false };
  const dueMs = dueOfBill(subscription, moment);
  const looked = { dueMs, ...(mark === undefined ? {} : { changedMs: mark.fromMs }) };
  const horizon: Horizon = { untilMs: nowMs, graceMs, running: true };
  const shown = { agreement, subscription, payerId, horizon, signal, looked };
  const asking = { waitForAcknowledged: true, signal };
  const [entries, forecast] = await Promise.all([
    prepareBill(parts, agreement, subscription, horizon, asking, looked),
    forecastAt(parts, shown),
  ]);
  if (entries === undefined) return undefined;
  const bill = billOf({ agreement, subscription, payerId, moment, entries, closeMs: nowMs });
  return { bill, ...(forecast === undefined ? {} : { forecast }) };
}

/** What has changed of usage that was billed, by every event acknowledged before the call: as its bill will know. */
export async function heardOf(
  parts: HearParts,
  agreement: Agreement,
  subscription: Subscription,
  signal: AbortSignal,
): Promise<Mark | undefined> {
  const hearing = { agreement, subscription, attempts: 1 };
  const marks = await hearChanges(parts, agreement.organisationId, [hearing], signal);
  const mark = marks.get(subscription.id);
  if (isFailure(mark)) throw mark.failure;
  return mark;
}

interface Shown {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  readonly payerId: AccountId;
  /** Until the present. */
  readonly horizon: Horizon;
  readonly signal: AbortSignal;
  readonly looked: { readonly changedMs?: number };
}

/** The same bill with another horizon, the running cycle's end, and metering's answers by the pace so far. */
async function forecastAt(
  parts: PreviewParts,
  { agreement, subscription, payerId, horizon: present, signal, looked }: Shown,
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
  const asking = { waitForAcknowledged: true, signal };
  const moment: Moment = { ms: period.endMs, closes: true };
  const closing = { ...subscription, cycle };
  const dueMs = dueOfBill(closing, moment);
  const wanted = { cycles, dueMs };
  const entries = await prepareBill(paced, agreement, subscription, horizon, asking, wanted);
  const draft = { agreement, subscription: closing, payerId, moment, closeMs: nowMs };
  return entries && billOf({ ...draft, entries });
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
