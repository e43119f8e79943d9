import { fromBinary } from '@bufbuild/protobuf';
import {
  BillPartSchema,
  type BillPart,
} from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { Bus } from '@billingrails/bus';

/** A message of stream BILLING as a consumer gets it. */
export interface SentMessage {
  readonly subject: string;
  readonly messageId: string;
  readonly content: BillPart;
}

/** All parts of bills that stream BILLING holds, in order. */
export async function sentMessages(bus: Bus): Promise<SentMessage[]> {
  const manager = await bus.connection.jetstreamManager();
  const { state } = await manager.streams.info('BILLING');
  const sent: SentMessage[] = [];
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq += 1) {
    const { subject, header, data } = await manager.streams.getMessage('BILLING', { seq });
    if (subject !== 'billing.bill_posted') continue;
    sent.push({
      subject,
      messageId: header.get('Nats-Msg-Id'),
      content: fromBinary(BillPartSchema, data),
    });
  }
  return sent;
}

/** Checks that a message says all of the bill that an invoice shows, beside the names that were given. */
export function expectPosted(content: BillPart, bill: Bill | undefined): void {
  const whole = plain(bill) as Record<string, unknown>;
  const { lines, total: _total, number: _number, closeTime: _closeTime, ...rest } = whole;
  const { planVersion: _planVersion, ...header } = rest;
  const posted = plain(content) as { readonly bill: object; readonly lines: readonly unknown[] };
  // No line of theirs is of a product, or of another plan than the bill.
  const own = { productName: '', planId: '' };
  const named = (lines as readonly object[]).map((line) => ({ ...line, ...own }));
  expect(posted.lines).toEqual(named);
  const names = { accountName: 'Account', payerAccountName: 'Account', planName: 'Plan' };
  expect(posted.bill).toEqual({ ...header, ...names, buysCredits: false, isTest: false });
}

/** Without the names of types, at any depth. */
function plain(message: object | undefined): unknown {
  const text = JSON.stringify(message, (key, value: unknown) => {
    if (key === '$typeName') return undefined;
    return typeof value === 'bigint' ? value.toString() : value;
  });
  return JSON.parse(text);
}
