import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AppliedCreditSchema } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import type { Money as MoneyMessage } from '@billingrails/contracts/billingrails/common/v1/money_pb';
import { assert, invalid } from '@billingrails/errors';
import { isAccountId, type AccountId } from '@billingrails/ids';
import { moneyText, parseMoney, toMoney, type Money } from '@billingrails/money';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { payInvoices, returnCredits, type NamedPart } from '../use-cases/pay-invoices';

type InvoiceMethods = Pick<ServiceImpl<typeof CreditService>, 'applyCredits' | 'returnCredits'>;

/** The methods by which prepaid credits in money pay invoices. */
export function creditInvoiceMethods(parts: ServiceParts): InvoiceMethods {
  const { nudgeCredits } = parts;
  return {
    async applyCredits(request, context) {
      const { organisationId } = principalOf(context);
      const invoices = request.invoices.map(
        ({ invoiceId, accountId, amount, issueTime }, index) => {
          assert(amount !== undefined && issueTime !== undefined, 'the contract requires both');
          const path = `invoices[${index}]`;
          return {
            invoiceId,
            accountId: accountOf(accountId, `${path}.account_id`),
            amount: moneyOf(amount, `${path}.amount`),
            issueMs: fromTimestamp(issueTime, `${path}.issue_time`),
          };
        },
      );
      const paid = await payInvoices(parts, organisationId, invoices);
      nudgeCredits();
      return {
        invoices: invoices.map(({ invoiceId, amount: { currencyCode } }, index) => ({
          invoiceId,
          credits: (paid[index] ?? []).map((part) => creditToProto(part, currencyCode)),
        })),
      };
    },

    async returnCredits({ returnId, invoiceId, amount }, context) {
      const { organisationId } = principalOf(context);
      const { currencyCode, credits } = await returnCredits(parts, organisationId, {
        ...{ returnId, invoiceId },
        ...(amount === undefined ? {} : { amount: moneyOf(amount, 'amount') }),
      });
      nudgeCredits();
      return { credits: credits.map((part) => creditToProto(part, currencyCode)) };
    },
  };
}

function creditToProto(
  { creditGrantId, memo, amount }: NamedPart,
  currencyCode: string,
): MessageInitShape<typeof AppliedCreditSchema> {
  return { creditGrantId, memo, amount: moneyText(toMoney(amount, currencyCode)) };
}

function accountOf(text: string, field: string): AccountId {
  if (isAccountId(text)) return text;
  throw invalid('PAYABLE_INVOICES_INVALID', 'The invoices cannot be paid.', [
    { field, description: 'must be the id of an account' },
  ]);
}

function moneyOf({ currencyCode, amount }: MoneyMessage, field: string): Money {
  const money = parseMoney(amount, currencyCode);
  if (money !== undefined && money.minorUnits >= 0n) return money;
  throw invalid('PAYABLE_INVOICES_INVALID', 'The invoices cannot be paid.', [
    {
      field,
      description:
        'must be of an ISO 4217 currency, at least 0, without a fraction of a minor unit',
    },
  ]);
}
