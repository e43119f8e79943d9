import type { Invoice } from '../../invoices/domain/invoice';
import { paymentCodeText, qrCode, type QrCode } from '../payment-code';
import type { Words } from '../words';

/** Where an invoice is to be paid to. */
export interface PaymentView {
  readonly label: string;
  /** Below each other. */
  readonly lines: readonly string[];
  /** For banks' programs, with what it is for. */
  readonly code?: QrCode & { readonly caption: string };
}

/** Undefined where nothing is said, and of a draft, which nobody pays. */
export function paymentView(invoice: Invoice, words: Words): PaymentView | undefined {
  const { terms, assessment, status } = invoice;
  if (terms.bankAccount === undefined || status === 'draft') return undefined;
  const { iban, bic, holder } = terms.bankAccount;
  const name = holder || assessment?.seller?.name || '';
  const text = paymentCodeText(invoice);
  return {
    label: words.payTo,
    lines: [
      ...(name === '' ? [] : [name]),
      `IBAN ${iban.replaceAll(/(.{4})(?=.)/g, '$1 ')}`,
      ...(bic === '' ? [] : [`BIC ${bic}`]),
      `${words.paymentReference} ${invoice.number}`,
    ],
    ...(text === undefined ? {} : { code: { ...qrCode(text), caption: words.scanToPay } }),
  };
}

/** The dark modules of a code as a path of SVG, a module being one by one. */
export function qrPath({ size, isDark }: QrCode): string {
  const modules: string[] = [];
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1)
      if (isDark(row, column)) modules.push(`M${column} ${row}h1v1h-1z`);
  return modules.join('');
}
