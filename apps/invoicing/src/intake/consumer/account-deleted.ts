import { fromBinary } from '@bufbuild/protobuf';
import { BILLING, consumeDurable, type Bus, type Consumption } from '@billingrails/bus';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, parseId } from '@billingrails/ids';
import type { Stores } from '../../store/stores';
import type { IntakeParts } from '../use-cases/invoice-messages';

const ACCOUNT_DELETED = 'billing.account_deleted';

/** What deleting needs. */
export interface DeletionParts extends Pick<IntakeParts, 'logger'> {
  readonly stores: Pick<Stores, 'testAccounts'>;
}

/**
 * Deletes the invoices of a test account that billing has deleted: first nothing is invoiced to it any more, so that
 * none comes after. Doing it again does nothing.
 */
export function consumeAccountDeleted(
  bus: Bus,
  { stores, logger }: DeletionParts,
): Promise<Consumption> {
  return consumeDurable(bus, {
    stream: BILLING.name,
    durable: 'invoicing-account-deleted',
    subject: ACCOUNT_DELETED,
    logger,
    async handler({ data }) {
      const message = fromBinary(AccountDeletedSchema, data);
      const organisationId = parseId('org', message.organisationId);
      const { accountId } = message;
      if (organisationId === undefined || !isAccountId(accountId))
        throw invalid('UNREADABLE_MESSAGE', 'The message names no account.');
      await stores.testAccounts.delete(organisationId, accountId);
      logger.info({ organisationId, accountId }, 'test account deleted');
    },
  });
}
