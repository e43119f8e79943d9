import type { EInvoice } from '../domain/e-invoice';

/** The specification that a document follows. */
export const EN_16931 = 'urn:cen.eu:en16931:2017';

/** UNTDID 1001. */
export const TYPE_CODES: Readonly<Record<EInvoice['kind'], string>> = {
  invoice: '380',
  credit_note: '381',
};

/** How it is to be paid, by UNTDID 4461: a SEPA credit transfer, which has euros alone, or any other. */
export function paymentCodeOf({ currencyCode }: Pick<EInvoice, 'currencyCode'>): string {
  return currencyCode === 'EUR' ? '58' : '30';
}
