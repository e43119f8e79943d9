import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AccountSchema } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { conflict, notFound } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { Account } from '../domain/account';
import { pageById } from '../../rpc/page';
import type { ServiceParts } from '../../service-parts';
import { getUnbilledReport, listUnbilledAccounts } from './unbilled-accounts';

/** Keeps accounts. */
export function accountService(parts: ServiceParts): ServiceImpl<typeof AccountService> {
  const { mongo, ids, accounts, clocks } = parts;
  return {
    createAccount: (request, context) =>
      mutate(mongo, {
        method: AccountService.method.createAccount,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => (request.accountId || ids.next('acct')) as AccountId,
        async run(session, organisationId, id) {
          if ((await accounts.find(organisationId, id, session)) !== undefined) {
            throw conflict('ACCOUNT_EXISTS', 'There is an account of that id.');
          }
          const { nowMs } = await clocks.present(organisationId, session);
          const account = { id, name: request.name, email: request.email, createMs: nowMs };
          await accounts.insert(organisationId, account, session);
          return { account: toProto(account) };
        },
      }),

    async getAccount({ accountId }, context) {
      const account = await accounts.find(principalOf(context).organisationId, accountId);
      if (account === undefined)
        throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
      return { account: toProto(account) };
    },

    async listAccounts(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        accounts.list(organisationId, slice),
      );
      return { accounts: items.map(toProto), nextPageToken };
    },

    listUnbilledAccounts: (request, context) =>
      listUnbilledAccounts(parts, principalOf(context).organisationId, request, context.signal),

    getUnbilledReport: (_request, context) =>
      getUnbilledReport(parts, principalOf(context).organisationId, context.signal),
  };
}

function toProto({ id, name, email, createMs }: Account): MessageInitShape<typeof AccountSchema> {
  return { id, name, email, createTime: toTimestamp(createMs) };
}
