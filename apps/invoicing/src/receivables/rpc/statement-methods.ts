import type {
  GetStatementRequest,
  ReceivableService,
  RenderStatementPdfRequest,
  RenderStatementRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { isCurrency } from '@billingrails/money';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import { canonicalTimeZone, isTimeZone } from '@billingrails/time';
import type { ServiceImpl } from '@connectrpc/connect';
import { inChunks } from '../../rendering/chunks';
import { readLanguage } from '../../rendering/read-language';
import { statementPage, statementPdf } from '../../rendering/statement-document';
import type { Stores } from '../../store/stores';
import { readStatement, type StatementQuery } from '../use-cases/read-statement';

/** Statements as documents for people. */
export function statementMethods(
  stores: Stores,
): Pick<ServiceImpl<typeof ReceivableService>, 'renderStatement' | 'renderStatementPdf'> {
  return {
    async renderStatement(request, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(request.language, 'language');
      const statement = await readStatement(stores, organisationId, queryOf(request));
      return { html: statementPage(statement, words) };
    },

    async *renderStatementPdf(request, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(request.language, 'language');
      const statement = await readStatement(stores, organisationId, queryOf(request));
      for await (const content of inChunks(statementPdf(statement, words))) yield { content };
    },
  };
}

function queryOf(request: RenderStatementRequest | RenderStatementPdfRequest): StatementQuery {
  const { accountId, currencyCode, startTime, endTime, timeZone } = request;
  requireCurrency(currencyCode);
  // It becomes a part of the page's title.
  if (!isAccountId(accountId))
    throw invalid('STATEMENT_INVALID', 'There can be no account of that id.', [
      { field: 'account_id', description: 'must be the id of an account' },
    ]);
  if (timeZone !== '' && !isTimeZone(timeZone))
    throw invalid('STATEMENT_INVALID', 'There is no statement in that time zone.', [
      { field: 'time_zone', description: `must be an IANA name, not "${timeZone}"` },
    ]);
  return {
    ...{ accountId, currencyCode },
    timeZone: timeZone === '' ? 'UTC' : canonicalTimeZone(timeZone),
    ...(startTime && { fromMs: fromTimestamp(startTime, 'start_time') }),
    ...(endTime && { untilMs: fromTimestamp(endTime, 'end_time') }),
  };
}

/** Whose statement is asked for. Throws a DomainError of kind invalid where the currency is none. */
export function ownerOf(
  organisationId: OrganisationId,
  { accountId, currencyCode }: Pick<GetStatementRequest, 'accountId' | 'currencyCode'>,
) {
  requireCurrency(currencyCode);
  return { organisationId, accountId: accountId as AccountId, currencyCode };
}

function requireCurrency(currencyCode: string): void {
  if (isCurrency(currencyCode)) return;
  throw invalid('STATEMENT_INVALID', 'There is no statement in that currency.', [
    { field: 'currency_code', description: `must be an ISO 4217 code, not "${currencyCode}"` },
  ]);
}
