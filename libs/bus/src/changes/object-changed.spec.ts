import { fromBinary } from '@bufbuild/protobuf';
import { ObjectChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import {
  PaymentSchema,
  type Payment,
} from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import type { AccountId } from '@billingrails/ids';
import { objectChanged, type Change } from './object-changed';

const recorded: Change<typeof PaymentSchema> = {
  ...{ type: 'payment.recorded', organisationId: 'org_1', accountId: 'acct_1' as AccountId },
  ...{ objectId: 'pmt_1', schema: PaymentSchema, object: { id: 'pmt_1', method: 'transfer' } },
  ...{ isTest: false, occurMs: 1_000, createMs: 2_000 },
};

const read = (change: Change<typeof PaymentSchema>) => {
  const { id, subject, data } = objectChanged(change);
  return { id, subject, message: fromBinary(ObjectChangedSchema, data) };
};

test('a change is told on the subject of its type, with the object as it is', () => {
  const { id, subject, message } = read(recorded);
  expect(subject).toBe('changes.payment.recorded');
  expect(id).toMatch(/^evt_[0-9a-z]{26}$/);
  expect(message).toMatchObject({
    ...{ eventId: id, organisationId: 'org_1', accountId: 'acct_1', type: 'payment.recorded' },
    ...{ objectId: 'pmt_1', objectType: 'billingrails.invoicing.v1.Payment', isTest: false },
    ...{ occurTime: { seconds: 1n }, createTime: { seconds: 2n } },
  });
  const object: Payment = fromBinary(PaymentSchema, message.object);
  expect(object).toMatchObject({ id: 'pmt_1', method: 'transfer' });
});

test('told again, at another time of the server, it has the same id; each other change has another', () => {
  const { id } = objectChanged(recorded);
  expect(objectChanged({ ...recorded, createMs: 3_000 }).id).toBe(id);
  const others: Partial<Change<typeof PaymentSchema>>[] = [
    { type: 'payment.reversed' },
    { organisationId: 'org_2' },
    { objectId: 'pmt_2' },
    { occasion: 'again' },
  ];
  const ids = others.map((other) => objectChanged({ ...recorded, ...other }).id);
  expect(new Set([id, ...ids]).size).toBe(5);
});

test('an object that fits into no message is left out', () => {
  const object = { id: 'pmt_1', reference: 'x'.repeat(900_000) };
  const { message } = read({ ...recorded, object });
  expect(message.object).toHaveLength(0);
  expect(message.objectId).toBe('pmt_1');
});

test('an object of another type than the change has is a fault', () => {
  expect(() => objectChanged({ ...recorded, type: 'invoice.paid' })).toThrow(/one type of object/);
});
