import { objectChanged } from '@billingrails/bus';
import { AccountSchema } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import {
  AccountService,
  type ListAccountsRequest,
} from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { conflict, notFound } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { checkTestClockTime } from '../../clocks/domain/test-clock';
import type { Account } from '../domain/account';
import { changedAccount } from '../domain/change-account';
import { deleteTestAccount } from '../use-cases/delete-test-account';
import { addAccount, changeAccount } from '../use-cases/change-account';
import { accountToProto, changeFromProto } from './account-messages';
import type { ServiceParts } from '../../service-parts';
import { getUnbilledReport, listUnbilledAccounts } from './unbilled-accounts';

/** Keeps accounts. */
export function accountService(parts: ServiceParts): ServiceImpl<typeof AccountService> {
  const { mongo, ids, accounts, clocks } = parts;
  const shown = async (organisationId: OrganisationId, account: Account, session?: ClientSession) =>
    accountToProto(account, await accounts.withPayers(organisationId, [account.id], session));
  /** Answers the account, and tells of it. */
  const told = async (
    session: ClientSession,
    organisationId: OrganisationId,
    account: Account,
    change: { readonly type: 'account.created' | 'account.updated'; readonly occasion?: string },
  ) => {
    const { id, isTest = false } = account;
    const object = await shown(organisationId, account, session);
    const { nowMs: occurMs } = await clocks.presentOf(organisationId, id, session);
    const of = { organisationId, accountId: id, objectId: id, isTest, schema: AccountSchema };
    const when = { occurMs, createMs: clocks.realMs() };
    await addToOutbox(mongo.db, session, objectChanged({ ...change, ...of, ...when, object }));
    return { account: object };
  };
  return {
    createAccount: (request, context) =>
      mutate(mongo, {
        method: AccountService.method.createAccount,
        request,
        caller: principalOf(context),
        prepare() {
          const { testClockTime } = request;
          const testMs = testClockTime && fromTimestamp(testClockTime, 'test_clock_time');
          if (testMs !== undefined) checkTestClockTime(testMs, 'test_clock_time');
          return { id: (request.accountId || ids.next('acct')) as AccountId, testMs };
        },
        async run(session, organisationId, { id, testMs }) {
          if ((await accounts.findAny(organisationId, id, session)) !== undefined) {
            throw conflict('ACCOUNT_EXISTS', 'There is an account of that id.');
          }
          const { nowMs } = await clocks.present(organisationId, session);
          const { name, email } = request;
          const usual = { billedTo: 'self', invoiceGrouping: 'joint' } as const;
          const account = changedAccount(
            {
              ...{ id, name, email, ...usual, createMs: testMs ?? nowMs },
              ...(testMs === undefined ? {} : { isTest: true }),
            },
            changeFromProto(request),
          );
          if (testMs !== undefined)
            await clocks.createTestClock({ organisationId, accountId: id }, testMs, session);
          await addAccount(parts, session, organisationId, account);
          return told(session, organisationId, account, { type: 'account.created' });
        },
      }),

    updateAccount: (request, context) =>
      mutate(mongo, {
        method: AccountService.method.updateAccount,
        request,
        caller: principalOf(context),
        prepare: () => ({ change: changeFromProto(request), occasion: ids.next('evt') }),
        async run(session, organisationId, { change, occasion }) {
          const id = request.accountId as AccountId;
          const account = await changeAccount(parts, session, organisationId, id, change);
          const type = 'account.updated';
          return told(session, organisationId, account, { type, occasion });
        },
      }),

    async deleteTestAccount(request, context) {
      const answer = await mutate(mongo, {
        method: AccountService.method.deleteTestAccount,
        request,
        caller: principalOf(context),
        prepare: () => request.accountId as AccountId,
        async run(session, organisationId, id) {
          const { nowMs } = await clocks.present(organisationId, session);
          await deleteTestAccount(parts, session, organisationId, id, nowMs);
          return {};
        },
      });
      parts.nudgeDeletions();
      return answer;
    },

    async getAccount({ accountId }, context) {
      const { organisationId } = principalOf(context);
      const account = await accounts.find(organisationId, accountId);
      if (account === undefined)
        throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
      return { account: await shown(organisationId, account) };
    },

    async listAccounts(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        accounts.list(organisationId, slice, parentFilter(request)),
      );
      const ids = items.map(({ id }) => id);
      const all = await accounts.withPayers(organisationId, ids);
      return { accounts: items.map((item) => accountToProto(item, all)), nextPageToken };
    },

    listUnbilledAccounts: (request, context) =>
      listUnbilledAccounts(parts, principalOf(context).organisationId, request, context.signal),

    getUnbilledReport: (_request, context) =>
      getUnbilledReport(parts, principalOf(context).organisationId, context.signal),
  };
}

/** Undefined: all. */
function parentFilter({ parentAccountId: parentId }: ListAccountsRequest) {
  return parentId === '' ? undefined : { parentId };
}
