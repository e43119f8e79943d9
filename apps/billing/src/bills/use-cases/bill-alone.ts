import { assert } from '@billingrails/errors';
import type { BillId, ChargeId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { SubscriptionParts } from '../../service-parts';
import type { Fact } from '../../subscriptions/domain/fact';
import { ended } from '../../subscriptions/domain/refusals/missing';
import { existing } from '../../subscriptions/use-cases/existing';
import { schedule } from '../../subscriptions/use-cases/schedule';
import { billCreated } from '../contract/bill-created';
import { billPartBytes } from '../contract/bill-parts';
import { entriesOf } from '../domain/bill';
import { oneOffCharges } from '../domain/expected';
import { concerns, currencyOf } from '../domain/obligations';
import { namedBill } from './bill-result';
import { BILL_POSTED_SUBJECT } from './invoice-units';
import { agreementOf } from './prepare-bill';
import { billedTo } from './preview';

/** An amount that is charged once, on a bill with nothing else on it. */
export interface ChargeAlone {
  readonly subscriptionId: string;
  readonly description: string;
  readonly amount: Decimal;
  /** Whether it buys credits in money: no prepaid credits pay it, and no tax is on it. */
  readonly buysCredits: boolean;
}

/**
 * Charges an amount and bills it now, on a bill and an invoice of its own, all in the caller's transaction: so it is
 * billed exactly where the rest of the transaction has come about. All else stays due as it was, and no other bill has
 * the charge, as it is posted like any other. No promotional credits are taken off it. Throws a DomainError where the
 * subscription has not begun, or has ended.
 */
export async function billAlone(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, description, amount, buysCredits }: ChargeAlone,
): Promise<{ chargeId: ChargeId; billId: BillId }> {
  const { mongo, subscriptions, bills, accounts, clocks, ids } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const present = await clocks.presentForSubscription(organisationId, read.accountId, session);
  const { nowMs } = present;
  if (nowMs < read.startMs || (read.endMs ?? Infinity) <= nowMs) throw ended();
  const chargeId = ids.next('chg');
  const fact: Fact = {
    ...{ kind: 'one_off', chargeId, description, amount, billed: 'next' },
    ...{ effectiveMs: nowMs, knownMs: nowMs },
  };
  const charged = { ...read, changes: [...read.changes, fact] };
  await subscriptions.addChanges(organisationId, read, charged, session);

  const agreement = await agreementOf(parts, organisationId, charged, session);
  const charges = oneOffCharges(agreement, { firstCycle: 0 }, nowMs);
  const entries = entriesOf({
    expected: charges.filter(({ id }) => id === chargeId),
    ...{ posted: new Map(), facts: agreement.facts, concerns: concerns(agreement) },
    currencyCode: currencyOf(agreement),
  });
  const moment = { ms: nowMs, closes: false, adjusts: true };
  const payers = await accounts.withPayers(organisationId, [read.accountId], session);
  const draft = { subscription: charged, moment, entries, closeMs: nowMs };
  const made = namedBill(agreement, payers, draft);
  const after = billedTo(charged, moment, true);
  const going = await subscriptions.advance(organisationId, [{ read: charged, after }], session);
  assert(going.has(read.id), 'a transaction sees what it wrote');
  await bills.insert(organisationId, [made.bill], session);
  const [data] = billPartBytes(organisationId, [{ ...made, buysCredits }], new Map());
  assert(data !== undefined, 'a bill is a message');
  const { isTest, bill } = made;
  await addToOutbox(
    mongo.db,
    session,
    { id: bill.id, subject: BILL_POSTED_SUBJECT, data },
    billCreated(organisationId, bill, { isTest, createMs: clocks.realMs() }),
  );
  await schedule(parts, session, organisationId, after, present);
  return { chargeId, billId: bill.id };
}
