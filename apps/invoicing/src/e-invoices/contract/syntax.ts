import { EInvoiceSyntax } from '@billingrails/contracts/billingrails/invoicing/v1/e_invoice_pb';
import type { EInvoice } from '../domain/e-invoice';
import { writeCii } from '../syntax/cii';
import { writeUbl } from '../syntax/ubl';

/** Writes it as a request asks. */
export function writeAs(syntax: EInvoiceSyntax, invoice: EInvoice): Uint8Array {
  switch (syntax) {
    case EInvoiceSyntax.UNSPECIFIED:
    case EInvoiceSyntax.UBL:
      return Buffer.from(writeUbl(invoice));
    case EInvoiceSyntax.CII:
      return Buffer.from(writeCii(invoice));
  }
}
