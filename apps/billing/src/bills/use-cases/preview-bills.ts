import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { payerIdOf } from '../../accounts/use-cases/payer-id';
import { lookedChanges } from '../../late/domain/adjustment';
import { rulesOfOne } from '../../settings/use-cases/rules-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { Posted } from '../domain/bill';
import { nextMoment } from '../domain/moments';
import type { Horizon } from '../domain/obligations';
import { billOf, dueOfBill, type Bill } from '../domain/posted-bill';
import { agreementOf, prepareBill, progressOf } from './prepare-bill';
import { billedTo, heardOf, type PreviewParts } from './preview';
import { walletsOf } from './wallets';

/** The most bills that are computed to show those to come: five years of months. */
const BILLS_AHEAD_MAX = 60;

/** Whose bills are shown, and until when. */
export interface Shown {
  /** As it would be. */
  readonly subscription: Subscription;
  readonly untilMs: number;
  /** What lies too far ahead where there are too many bills until then. */
  readonly field: string;
  readonly signal: AbortSignal;
}

/** A bill that would be made, and when it falls due with its grace. */
export interface ShownBill {
  readonly ms: number;
  readonly bill: Bill;
}

/**
 * The bills that would be made of a subscription until an instant, in order, each computed as it would be made, by what
 * is known now. Undefined while usage is still being counted.
 */
export async function previewBills(
  parts: PreviewParts,
  organisationId: OrganisationId,
  { subscription: changed, untilMs, field, signal }: Shown,
): Promise<ShownBill[] | undefined> {
  const agreement = await agreementOf(parts, organisationId, changed);
  const rules = await rulesOfOne(parts, organisationId, changed);
  const mark = await heardOf(parts, agreement, changed, signal);
  const payerId = await payerIdOf(parts.accounts, organisationId, changed.accountId);
  const posted = new Map<string, Posted>();
  const asking = { waitForAcknowledged: true, signal };
  const wallets = await walletsOf(parts, organisationId, [{ agreement, subscription: changed }]);
  const bills: ShownBill[] = [];
  let subscription = changed;
  for (let count = 0; count < BILLS_AHEAD_MAX; count += 1) {
    const moment = nextMoment(agreement, progressOf(subscription), rules.graceMs);
    if (moment === undefined || moment.ms > untilMs) return bills;
    const horizon: Horizon = { untilMs: moment.ms, graceMs: rules.graceMs };
    const changes = lookedChanges(agreement, subscription, moment, mark, rules);
    const looked = {
      ...(changes === undefined ? {} : { changedMs: changes.fromMs }),
      simulated: posted,
      wallets,
      dueMs: dueOfBill(subscription, moment),
    };
    const entries = await prepareBill(parts, agreement, subscription, horizon, asking, looked);
    if (entries === undefined) return undefined;
    const bill = billOf({
      ...{ agreement, subscription, payerId, moment, entries },
      closeMs: moment.ms,
    });
    for (const { charge, roundedMinorUnits } of entries)
      posted.set(charge.id, { charge, roundedMinorUnits, billId: bill.id });
    const isMade = moment.closes || entries.length > 0;
    if (isMade) bills.push({ ms: moment.ms, bill });
    subscription = billedTo(subscription, moment, isMade);
  }
  throw precondition(
    'CHANGE_TOO_FAR',
    `More than ${BILLS_AHEAD_MAX} bills fall due until then: it can be made, but not shown yet.`,
    [{ field, description: 'lies too many bills away to be shown' }],
  );
}
