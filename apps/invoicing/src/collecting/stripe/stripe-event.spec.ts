import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Stripe from 'stripe';
import { readStripeEvent } from './stripe-event';

interface Recorded {
  readonly about: { readonly type: string; readonly intentId?: string; readonly setupId?: string };
  readonly event: { readonly id: string; readonly created: number };
}

const recorded = JSON.parse(
  readFileSync(join(__dirname, 'testdata/events.json'), 'utf8'),
) as Recorded[];
const secret = 'whsec_0123456789abcdef';

function signed(event: Recorded['event'], by = secret) {
  const payload = JSON.stringify(event, undefined, 2);
  const options = { payload, secret: by, timestamp: event.created };
  return {
    body: Buffer.from(payload),
    signature: Stripe.webhooks.generateTestHeaderString(options),
    nowMs: event.created * 1_000,
  };
}

test.each(recorded.map((one) => [one.about.type, one] as const))(
  'an event of %s says what to ask for, if it is signed, and no more than five minutes old',
  (_type, { about, event }) => {
    const { body, signature, nowMs } = signed(event);
    expect(readStripeEvent(body, signature, { secret, nowMs })).toEqual({ id: event.id, ...about });
    const late = { secret, nowMs: nowMs + 300_000 };
    expect(readStripeEvent(body, signature, late)).toBeDefined();
    expect(readStripeEvent(body, signature, { secret, nowMs: nowMs + 301_000 })).toBeUndefined();
    const other = signed(event, 'whsec_of_another').signature;
    expect(readStripeEvent(body, other, { secret, nowMs })).toBeUndefined();
    const changed = Buffer.concat([body, Buffer.from(' ')]);
    expect(readStripeEvent(changed, signature, { secret, nowMs })).toBeUndefined();
  },
);

test('while a secret is being replaced, either signature is enough', () => {
  const [one] = recorded;
  if (one === undefined) throw new Error('There are recorded events.');
  const { body, signature, nowMs } = signed(one.event);
  const other = signed(one.event, 'whsec_of_another').signature.replace(/^t=\d+,/, '');
  expect(readStripeEvent(body, `${signature},${other}`, { secret, nowMs })).toBeDefined();
});
