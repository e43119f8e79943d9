import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import type { AccountId, CreditGrantId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { plainDecimal } from '@billingrails/money';
import type { SubscriptionParts } from '../../service-parts';
import { grantDue } from '../../recurring-credits/use-cases/grant-due';
import { existingGrant } from '../use-cases/existing';
import { creditBalance } from '../use-cases/credit-balance';
import { grantCredits, voidGrant } from '../use-cases/grant-credits';
import { rebillGranted } from '../use-cases/rebill-granted';
import { creditGrantToProto } from '../contract/credit-grant';
import { creditBalanceToProto } from './credit-messages';
import { creditLedgerMethods } from './credit-ledger-methods';
import { creditExportMethods } from './credit-export-methods';
import { creditInvoiceMethods } from './credit-invoice-methods';
import { creditUnitMethods } from './credit-unit-methods';
import { grantDraftOf } from './grant-draft';

/** Grants credits and tells what usage has left of them. */
export function creditService(parts: SubscriptionParts): ServiceImpl<typeof CreditService> {
  const { mongo, creditGrants, alerts, nudgeCredits, nudgeAlerts } = parts;
  return {
    ...creditUnitMethods(parts),
    ...creditLedgerMethods(parts),
    ...creditInvoiceMethods(parts),
    ...creditExportMethods(parts),

    async createCreditGrant(request, context) {
      const answer = await mutate(mongo, {
        method: CreditService.method.createCreditGrant,
        request,
        caller: principalOf(context),
        prepare: (organisationId) => grantDraftOf(parts, organisationId, request, context.signal),
        run: async (session, organisationId, draft) => {
          const granted = await grantCredits(parts, session, organisationId, draft);
          return { creditGrant: creditGrantToProto(granted) };
        },
      });
      nudgeCredits();
      const { organisationId: ownerId } = principalOf(context);
      await rebillGranted(parts, ownerId, answer.creditGrant?.id as CreditGrantId);
      await alerts.lookAtAll(ownerId);
      nudgeAlerts();
      return answer;
    },

    async getCreditGrant({ creditGrantId }, context) {
      const { organisationId } = principalOf(context);
      const grant = await existingGrant(parts, organisationId, creditGrantId);
      return { creditGrant: creditGrantToProto(grant) };
    },

    async listCreditGrants(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.accountId === '' ? undefined : { accountId: request.accountId };
      if (filter !== undefined) {
        const accountId = request.accountId as AccountId;
        const { nowMs } = await parts.clocks.presentOf(organisationId, accountId);
        await grantDue(parts, organisationId, { nowMs, accountId });
      }
      const { items, nextPageToken } = await pageById(request, (slice) =>
        creditGrants.list(organisationId, slice, filter),
      );
      return { creditGrants: items.map(creditGrantToProto), nextPageToken };
    },

    async voidCreditGrant(request, context) {
      const caller = principalOf(context);
      const answer = await mutate(mongo, {
        method: CreditService.method.voidCreditGrant,
        request,
        caller,
        prepare: () => undefined,
        run: async (session, organisationId) => {
          const { creditGrantId, amount } = request;
          const asked = {
            creditGrantId,
            ...(amount === '' ? {} : { amount: plainDecimal(amount) }),
          };
          const grant = await voidGrant(parts, session, organisationId, asked);
          return { creditGrant: creditGrantToProto(grant) };
        },
      });
      const accountId = answer.creditGrant?.accountId as AccountId;
      await parts.topUpRules.wake(caller.organisationId, [accountId]);
      nudgeCredits();
      return answer;
    },

    async getCreditBalance(request, context) {
      const { accountId, creditUnitId, time, knownAt, consistencyToken } = request;
      const question = {
        ...{ accountId, creditUnitId, consistencyToken, signal: context.signal },
        ...(time === undefined ? {} : { atMs: fromTimestamp(time, 'time') }),
        ...(knownAt === undefined ? {} : { knownMs: fromTimestamp(knownAt, 'known_at') }),
      };
      const answer = await creditBalance(parts, principalOf(context).organisationId, question);
      return { balance: creditBalanceToProto(request, answer) };
    },
  };
}
