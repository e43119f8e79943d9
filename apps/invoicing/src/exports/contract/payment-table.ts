import { toBalance, type Payment, type PaymentAllocation } from '../../payments/domain/payment';
import { columnsOf } from './column';

/** A payment, and whether it is of a test account. */
export interface PaymentRow {
  readonly payment: Payment;
  readonly isTest: boolean;
}

/** What a payment paid of an invoice. */
export interface AllocationRow extends PaymentRow {
  readonly allocation: PaymentAllocation;
}

const ofPayment = columnsOf<PaymentRow>(({ payment }) => payment.amount.currencyCode);
const ofAllocation = columnsOf<AllocationRow>(({ payment }) => payment.amount.currencyCode);

/** A payment a row. */
export const PAYMENT_TABLE = [
  ofPayment.text('payment_id', ({ payment }) => payment.id),
  ofPayment.text('account_id', ({ payment }) => payment.accountId),
  ofPayment.time('receive_time', ({ payment }) => payment.receiveMs),
  ofPayment.time('create_time', ({ payment }) => payment.createMs),
  ofPayment.text('currency_code', ({ payment }) => payment.amount.currencyCode),
  ofPayment.money('amount', ({ payment }) => payment.amount.minorUnits),
  ofPayment.money(
    'allocated_amount',
    ({ payment }) => payment.amount.minorUnits - toBalance(payment),
  ),
  ofPayment.money('balance_amount', ({ payment }) => toBalance(payment)),
  ofPayment.money('refunded_amount', ({ payment }) => payment.refunded),
  ofPayment.text('method', ({ payment }) => payment.method),
  ofPayment.text('reference', ({ payment }) => payment.reference),
  ofPayment.text('payment_attempt_id', ({ payment }) => payment.attemptId),
  ofPayment.time('reverse_time', ({ payment }) => payment.reversal?.atMs),
  ofPayment.text('reversal_reason', ({ payment }) => payment.reversal?.reason),
  ofPayment.text('dispute_state', ({ payment }) => payment.disputes.at(-1)?.state),
  ofPayment.money('dispute_amount', ({ payment }) => payment.disputes.at(-1)?.amount.minorUnits),
  ofPayment.flag('is_test', ({ isTest }) => isTest),
];

/** What a payment paid of an invoice a row. */
export const ALLOCATION_TABLE = [
  ofAllocation.text('payment_id', ({ payment }) => payment.id),
  ofAllocation.text('account_id', ({ payment }) => payment.accountId),
  ofAllocation.time('receive_time', ({ payment }) => payment.receiveMs),
  ofAllocation.text('invoice_id', ({ allocation }) => allocation.invoiceId),
  ofAllocation.text('invoice_number', ({ allocation }) => allocation.invoiceNumber),
  ofAllocation.text('currency_code', ({ payment }) => payment.amount.currencyCode),
  ofAllocation.money('amount', ({ allocation }) => allocation.minorUnits),
  ofAllocation.time('reverse_time', ({ payment }) => payment.reversal?.atMs),
  ofAllocation.flag('is_test', ({ isTest }) => isTest),
];
