import type { Msg } from 'nats';
import { deliveryOf } from './delivery';

const message = (reply: string) => ({ reply }) as Msg;

test.each([
  ['short', '$JS.ACK.EVENTS.lane.2.41.17.1700000000123456789.5'],
  ['long', '$JS.ACK.hub.ACCOUNT.EVENTS.lane.2.41.17.1700000000123456789.5'],
  ['long with a random end', '$JS.ACK._.ACCOUNT.EVENTS.lane.2.41.17.1700000000123456789.5.x7'],
])('the %s form of a reply subject is read, its time to the millisecond', (_form, reply) => {
  expect(deliveryOf(message(reply))).toEqual({
    deliveryCount: 2,
    streamSeq: 41,
    consumerSeq: 17,
    timeMs: 1_700_000_000_123,
    pending: 5,
  });
});

test('a message that JetStream did not deliver is a bug', () => {
  expect(() => deliveryOf(message('_INBOX.1'))).toThrow(/reply subject/);
});
