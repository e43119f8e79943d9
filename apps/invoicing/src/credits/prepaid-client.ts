import type { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { assert, unavailable } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import { parseMoney } from '@billingrails/money';
import { onBehalfOf, toTimestamp } from '@billingrails/rpc';
import type { Client } from '@connectrpc/connect';
import { moneyToProto } from '../contract/money';
import type { InvoiceCredit } from '../invoices/domain/invoice';
import type { Prepaid } from './prepaid';

/** The most invoices that billing is asked about in one call. */
const TOGETHER = 500;
const TIMEOUT_MS = 5_000;

/** Speaks to billing over a generated client. */
export function createPrepaid(client: Client<typeof CreditService>): Prepaid {
  return {
    async apply(organisationId, invoices) {
      const paid: InvoiceCredit[][] = [];
      for (let from = 0; from < invoices.length; from += TOGETHER) {
        const together = invoices.slice(from, from + TOGETHER);
        const request = {
          invoices: together.map(({ id, accountId, total, issueMs }) => ({
            ...{ invoiceId: id, accountId },
            ...{ amount: moneyToProto(total), issueTime: toTimestamp(issueMs) },
          })),
        };
        const answer = await client.applyCredits(request, settings(organisationId)).catch(failed);
        for (const [index, { total }] of together.entries())
          paid.push(
            (answer.invoices[index]?.credits ?? []).map(({ creditGrantId, memo, amount }) => {
              const grantId = parseId('cgr', creditGrantId);
              const money = parseMoney(amount, total.currencyCode);
              assert(grantId !== undefined && money !== undefined, 'billing says what pays');
              return { creditGrantId: grantId, memo, amount: money };
            }),
          );
      }
      return paid;
    },
    async giveBack(organisationId, { id: returnId, invoiceId, atMost }) {
      const amount = atMost === undefined ? {} : { amount: moneyToProto(atMost) };
      const request = { returnId, invoiceId, ...amount };
      await client.returnCredits(request, settings(organisationId)).catch(failed);
    },
  };
}

function settings(organisationId: OrganisationId) {
  return { ...onBehalfOf(organisationId), timeoutMs: TIMEOUT_MS };
}

/** No answer keeps an invoice waiting, whatever the cause: it must not be finalized without its credits. */
function failed(cause: unknown): never {
  const message = 'Prepaid credits cannot be asked for just now.';
  throw unavailable('BILLING_UNAVAILABLE', message, 1000, cause);
}
