import { fromBinary } from '@bufbuild/protobuf';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, parseId, type AccountId, type OrganisationId } from '@billingrails/ids';
import type { Bus } from '../connect';
import { BILLING } from '../streams/streams';
import { consumeDurable, type ConsumeOptions, type Consumption } from './consume';

/** The subject that deleted test accounts are told on. */
export const ACCOUNT_DELETED_SUBJECT = 'billing.account_deleted';

/** How a service deletes what it keeps of an account. */
export interface DeletionOptions extends Pick<ConsumeOptions, 'durable' | 'logger'> {
  /** Called again for the same account where it failed, or the process died. */
  readonly deleteAccount: (organisationId: OrganisationId, accountId: AccountId) => Promise<void>;
}

/** Deletes what a service keeps of test accounts that billing has deleted. */
export function consumeAccountDeleted(
  bus: Bus,
  { durable, logger, deleteAccount }: DeletionOptions,
): Promise<Consumption> {
  return consumeDurable(bus, {
    stream: BILLING.name,
    subject: ACCOUNT_DELETED_SUBJECT,
    durable,
    logger,
    async handler({ data }) {
      const message = fromBinary(AccountDeletedSchema, data);
      const organisationId = parseId('org', message.organisationId);
      const { accountId } = message;
      if (organisationId === undefined || !isAccountId(accountId))
        throw invalid('UNREADABLE_MESSAGE', 'The message names no account.');
      await deleteAccount(organisationId, accountId);
      logger.info({ organisationId, accountId }, 'test account deleted');
    },
  });
}
