import type { IndexSpec, Mongo } from '@billingrails/mongo';
import { BILL_PART_INDEXES, billPartStore, type BillPartStore } from '../intake/store/bill-parts';
import {
  INVOICE_NUMBER_INDEXES,
  invoiceNumberStore,
  type InvoiceNumberStore,
} from '../numbering/store/invoice-numbers';
import { INVOICE_INDEXES, invoiceStore, type InvoiceStore } from '../invoices/store/invoices';
import {
  QUARANTINE_INDEXES,
  quarantineStore,
  type QuarantineStore,
} from '../intake/store/quarantine';

/** Everything that invoicing keeps. */
export interface Stores {
  readonly mongo: Mongo;
  readonly invoices: InvoiceStore;
  readonly numbers: InvoiceNumberStore;
  readonly quarantine: QuarantineStore;
  readonly billParts: BillPartStore;
}

/** What must exist before the stores are used. */
export const INDEXES: readonly IndexSpec[] = [
  ...INVOICE_INDEXES,
  ...INVOICE_NUMBER_INDEXES,
  ...QUARANTINE_INDEXES,
  ...BILL_PART_INDEXES,
];

export function openStores(mongo: Mongo): Stores {
  const { db } = mongo;
  return {
    mongo,
    invoices: invoiceStore(db),
    numbers: invoiceNumberStore(db),
    quarantine: quarantineStore(db),
    billParts: billPartStore(db),
  };
}
