import type { IndexSpec, Mongo } from '@billingrails/mongo';
import type { Prepaid } from '../credits/prepaid';
import {
  CREDIT_NOTE_INDEXES,
  creditNoteStore,
  type CreditNoteStore,
} from '../credit-notes/store/credit-notes';
import {
  COLLECTION_INDEXES,
  collectionStore,
  type CollectionStore,
} from '../collecting/store/collections';
import {
  CONNECTION_INDEXES,
  connectionStore,
  type ConnectionStore,
} from '../collecting/store/connections';
import {
  ATTEMPT_INDEXES,
  attemptStore,
  type AttemptStore,
} from '../collecting/store/payment-attempts';
import {
  CUSTOMER_INDEXES,
  customerStore,
  type CustomerStore,
} from '../collecting/store/payment-customers';
import {
  PROVIDER_EVENT_INDEXES,
  providerEventStore,
  type ProviderEventStore,
} from '../collecting/store/provider-events';
import { REFUND_INDEXES, refundStore, type RefundStore } from '../collecting/store/refunds';
import { PAYMENT_INDEXES, paymentStore, type PaymentStore } from '../payments/store/payments';
import {
  TEST_CLOCK_INDEXES,
  testClockStore,
  type TestClockStore,
} from '../clocks/store/test-clocks';
import { BILL_PART_INDEXES, billPartStore, type BillPartStore } from '../intake/store/bill-parts';
import {
  INVOICE_NUMBER_INDEXES,
  invoiceNumberStore,
  type InvoiceNumberStore,
} from '../numbering/store/invoice-numbers';
import { INVOICE_INDEXES, invoiceStore, type InvoiceStore } from '../invoices/store/invoices';
import {
  TEST_ACCOUNT_INDEXES,
  testAccountStore,
  type TestAccountStore,
} from '../invoices/store/test-accounts';
import {
  QUARANTINE_INDEXES,
  quarantineStore,
  type QuarantineStore,
} from '../intake/store/quarantine';
import {
  ACCOUNT_ENTRY_INDEXES,
  accountEntryStore,
  type AccountEntryStore,
} from '../receivables/store/account-entries';
import { BALANCE_INDEXES, balanceStore, type BalanceStore } from '../receivables/store/balances';
import {
  RECEIVABLE_INDEXES,
  receivableStore,
  type ReceivableStore,
} from '../receivables/store/receivables';
import {
  INVOICING_SETTINGS_INDEXES,
  invoicingSettingsStore,
  type InvoicingSettingsStore,
} from '../settings/store/invoicing-settings';

import { LOGO_INDEXES, logoStore, type LogoStore } from '../branding/store/logos';
import { COUPON_INDEXES, couponStore, type CouponStore } from '../coupons/store/coupons';
import {
  COUPON_REDEMPTION_INDEXES,
  couponRedemptionStore,
  type CouponRedemptionStore,
} from '../coupons/store/coupon-redemptions';
import {
  ACCOUNT_TAX_DETAILS_INDEXES,
  accountTaxDetailsStore,
  type AccountTaxDetailsStore,
} from '../taxes/store/account-tax-details';
import { FEE_TAX_INDEXES, feeTaxStore, type FeeTaxStore } from '../taxes/store/fee-taxes';
import { TAX_RATE_INDEXES, taxRateStore, type TaxRateStore } from '../taxes/store/tax-rates';
import {
  TAX_SETTINGS_INDEXES,
  taxSettingsStore,
  type TaxSettingsStore,
} from '../taxes/store/tax-settings';

/** Everything that invoicing keeps. */
export interface Stores {
  readonly mongo: Mongo;
  /** The server's clock. */
  readonly realMs: () => number;
  /** What billing keeps of prepaid credits. */
  readonly prepaid: Prepaid;
  readonly invoices: InvoiceStore;
  readonly numbers: InvoiceNumberStore;
  readonly quarantine: QuarantineStore;
  readonly billParts: BillPartStore;
  readonly settings: InvoicingSettingsStore;
  readonly receivables: ReceivableStore;
  readonly balances: BalanceStore;
  readonly accountEntries: AccountEntryStore;
  readonly testClocks: TestClockStore;
  readonly payments: PaymentStore;
  readonly refunds: RefundStore;
  readonly collections: CollectionStore;
  readonly attempts: AttemptStore;
  readonly connections: ConnectionStore;
  readonly paymentCustomers: CustomerStore;
  readonly providerEvents: ProviderEventStore;
  readonly creditNotes: CreditNoteStore;
  readonly taxSettings: TaxSettingsStore;
  readonly taxRates: TaxRateStore;
  readonly accountTaxDetails: AccountTaxDetailsStore;
  readonly feeTaxes: FeeTaxStore;
  readonly coupons: CouponStore;
  readonly couponRedemptions: CouponRedemptionStore;
  readonly testAccounts: TestAccountStore;
  readonly logos: LogoStore;
}

/** What must exist before the stores are used. */
export const INDEXES: readonly IndexSpec[] = [
  ...INVOICE_INDEXES,
  ...INVOICE_NUMBER_INDEXES,
  ...QUARANTINE_INDEXES,
  ...BILL_PART_INDEXES,
  ...INVOICING_SETTINGS_INDEXES,
  ...RECEIVABLE_INDEXES,
  ...BALANCE_INDEXES,
  ...ACCOUNT_ENTRY_INDEXES,
  ...TEST_CLOCK_INDEXES,
  ...PAYMENT_INDEXES,
  ...REFUND_INDEXES,
  ...COLLECTION_INDEXES,
  ...ATTEMPT_INDEXES,
  ...CONNECTION_INDEXES,
  ...CUSTOMER_INDEXES,
  ...PROVIDER_EVENT_INDEXES,
  ...CREDIT_NOTE_INDEXES,
  ...TAX_SETTINGS_INDEXES,
  ...TAX_RATE_INDEXES,
  ...ACCOUNT_TAX_DETAILS_INDEXES,
  ...FEE_TAX_INDEXES,
  ...COUPON_INDEXES,
  ...COUPON_REDEMPTION_INDEXES,
  ...TEST_ACCOUNT_INDEXES,
  ...LOGO_INDEXES,
];

/** `nowMs` is the real time. */
export function openStores(mongo: Mongo, nowMs: () => number, prepaid: Prepaid): Stores {
  const { db } = mongo;
  return {
    mongo,
    realMs: nowMs,
    prepaid,
    invoices: invoiceStore(db),
    numbers: invoiceNumberStore(db),
    quarantine: quarantineStore(db),
    billParts: billPartStore(db),
    settings: invoicingSettingsStore(db),
    receivables: receivableStore(db),
    balances: balanceStore(db),
    accountEntries: accountEntryStore(db),
    testClocks: testClockStore(db, nowMs),
    payments: paymentStore(db),
    refunds: refundStore(db),
    collections: collectionStore(db),
    attempts: attemptStore(db),
    connections: connectionStore(db),
    paymentCustomers: customerStore(db),
    providerEvents: providerEventStore(db),
    creditNotes: creditNoteStore(db),
    taxSettings: taxSettingsStore(db),
    taxRates: taxRateStore(db),
    accountTaxDetails: accountTaxDetailsStore(db),
    feeTaxes: feeTaxStore(db),
    coupons: couponStore(db),
    couponRedemptions: couponRedemptionStore(db),
    testAccounts: testAccountStore(db),
    logos: logoStore(db),
  };
}
