import { fromBinary } from '@bufbuild/protobuf';
import { BILLING, consumeDurable, type Bus, type Consumption } from '@billingrails/bus';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, parseId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import type { Stores } from '../../store/stores';

/** What deleting needs. */
export interface DeletionParts {
  readonly stores: Pick<Stores, 'events' | 'deliveries'>;
  readonly logger: Logger;
}

/** Deletes what is kept of a test account that billing has deleted: its events, and the log of their deliveries. */
export function consumeAccountDeleted(
  bus: Bus,
  { stores, logger }: DeletionParts,
): Promise<Consumption> {
  return consumeDurable(bus, {
    stream: BILLING.name,
    durable: 'webhooks-account-deleted',
    subject: 'billing.account_deleted',
    logger,
    async handler({ data }) {
      const message = fromBinary(AccountDeletedSchema, data);
      const organisationId = parseId('org', message.organisationId);
      const { accountId } = message;
      if (organisationId === undefined || !isAccountId(accountId))
        throw invalid('CHANGE_UNREADABLE', 'The message names no account.');
      await stores.deliveries.deleteOfTestAccount(organisationId, accountId);
      await stores.events.deleteOfTestAccount(organisationId, accountId);
    },
  });
}
