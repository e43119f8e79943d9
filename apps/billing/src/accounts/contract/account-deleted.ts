import { create, toBinary } from '@bufbuild/protobuf';
import { ACCOUNT_DELETED_SUBJECT } from '@billingrails/bus';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';

/** Tells that a test account was deleted. Its id has one life, so it is told once. */
export function accountDeleted(
  organisationId: OrganisationId,
  accountId: AccountId,
): OutboxMessage {
  const message = create(AccountDeletedSchema, { organisationId, accountId });
  return {
    id: `${organisationId}/${accountId}/deleted`,
    subject: ACCOUNT_DELETED_SUBJECT,
    data: toBinary(AccountDeletedSchema, message),
  };
}
