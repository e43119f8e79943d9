import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, type OutboxMessage } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { Stores } from '../../store/stores';
import { refundChanged, type Occurrence } from '../contract/collecting-changed';
import type { Refund } from '../domain/refund';

/** Tells of what happens to an account now, from the transaction in which it does. */
export async function tell(
  { mongo, testAccounts, testClocks, realMs }: Stores,
  session: ClientSession,
  owner: { readonly organisationId: OrganisationId; readonly accountId: AccountId },
  messages: (when: Occurrence) => readonly OutboxMessage[],
): Promise<void> {
  const { organisationId, accountId } = owner;
  const isTest = await testAccounts.isTest({ organisationId, accountId }, session);
  const occurMs = await testClocks.present(organisationId, session);
  await addToOutbox(mongo.db, session, ...messages({ occurMs, createMs: realMs(), isTest }));
}

/** Tells what became of a refund, once that is known. */
export async function tellRefund(
  stores: Stores,
  session: ClientSession,
  refund: Refund,
): Promise<void> {
  await tell(stores, session, refund, (when) => refundChanged(refund, when));
}
