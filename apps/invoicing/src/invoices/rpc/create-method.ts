import {
  InvoiceService,
  type CreateInvoiceRequest,
  type OneOffLine as LineMessage,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { invalid } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { plainDecimal } from '@billingrails/money';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import type { OneOff, OneOffLine } from '../domain/one-off';
import { createInvoice, prepareInvoice } from '../use-cases/create-invoice';
import { editOf } from './lifecycle-methods';
import { shownInvoices } from './shown';

/** Makes one-off invoices. */
export function createMethod(
  parts: ServiceParts,
): Pick<ServiceImpl<typeof InvoiceService>, 'createInvoice'> {
  const { stores } = parts;
  return {
    createInvoice: (request, context) =>
      mutate(stores.mongo, {
        ...{ method: InvoiceService.method.createInvoice, request },
        caller: principalOf(context),
        prepare: (organisationId) => {
          const { accountId, needsApproval, requestId } = request;
          const asked = { accountId, asked: oneOffFromProto(request), edit: editOf(request) };
          return prepareInvoice(parts, organisationId, { ...asked, needsApproval, requestId });
        },
        async run(session, organisationId, prepared) {
          const created = await createInvoice(parts, session, prepared);
          const [invoice] = await shownInvoices(stores, organisationId, [created], { session });
          return { ...(invoice && { invoice }) };
        },
      }),
  };
}

function oneOffFromProto({ currencyCode, lines, period, timeZone }: CreateInvoiceRequest): OneOff {
  return {
    ...{ currencyCode, timeZone: timeZone || 'UTC' },
    lines: lines.map(lineFromProto),
    ...(period && {
      period: {
        startMs: instantOf(period.startTime, 'period.start_time'),
        endMs: instantOf(period.endTime, 'period.end_time'),
      },
    }),
  };
}

function lineFromProto(line: LineMessage): OneOffLine {
  const { description, unit, percentOff, amountOff, taxCategory } = line;
  return {
    ...{ description, unit },
    quantity: plainDecimal(line.quantity),
    unitAmount: plainDecimal(line.unitAmount),
    ...(percentOff === '' ? {} : { percentOff: plainDecimal(percentOff) }),
    ...(amountOff === '' ? {} : { amountOff: plainDecimal(amountOff) }),
    ...(taxCategory === '' ? {} : { taxCategory }),
  };
}

function instantOf(time: Parameters<typeof fromTimestamp>[0] | undefined, field: string): number {
  return time === undefined ? refuse(field, 'must be set') : fromTimestamp(time, field);
}

function refuse(field: string, description: string): never {
  const violations = [{ field, description }];
  throw invalid('INVOICE_INVALID', 'The invoice cannot be as asked for.', violations);
}
