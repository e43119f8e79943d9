import { derivedId } from '@billingrails/ids';
import { account, organisation } from '../../testing/posted-bills';
import { ProviderRefusal, ProviderSilence } from '../domain/payment-provider';
import { stripeProviders } from '../stripe/stripe-provider';

/*
 * Calls stripe-mock, which checks each request against Stripe's own description of its API, with every call that is
 * made here, and prints what it makes of each: `npm run stripe:try`, with stripe-mock running.
 */

const url = process.argv[2] ?? 'http://127.0.0.1:12111';
const provider = stripeProviders({ url, timeoutMs: 5_000, onCall: () => undefined })('sk_test_123');
const owner = { organisationId: organisation('acme'), accountId: account('acct_1') };
const amount = { currencyCode: 'USD', minorUnits: 2_015n };
const attemptId = derivedId('pat', 'one');
const ids = { customerId: 'cus_1', paymentMethodId: 'pm_1' };
const draft = {
  ...owner,
  ...ids,
  attemptId,
  amount,
  invoiceId: 'inv_1',
  description: 'INV-000001',
};
const refund = { refundId: derivedId('rfd', 'one'), intentId: 'pi_1', amount };

const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  account: () => provider.account(),
  createCustomer: () => provider.createCustomer({ ...owner, name: 'Acme', email: 'a@acme.test' }),
  hasCustomer: () => provider.hasCustomer('cus_1'),
  startSetup: () => provider.startSetup('cus_1', 'key'),
  setup: () => provider.setup('seti_1'),
  prepare: () => provider.prepare(draft, 0),
  take: () => provider.take('pi_1', 0),
  intent: () => provider.intent('pi_1'),
  cancel: () => provider.cancel('pi_1', 0),
  refund: () => provider.refund(refund, 0),
  refunds: () => provider.refunds('pi_1'),
  disputes: () => provider.disputes('pi_1'),
};

let refused = 0;
for (const [name, call] of Object.entries(calls)) {
  try {
    await call();
    process.stdout.write(`${name}: taken\n`);
  } catch (error) {
    refused += 1;
    const why = error instanceof ProviderRefusal || error instanceof ProviderSilence;
    process.stdout.write(`${name}: ${why ? error.message : String(error)}\n`);
  }
}
process.stdout.write(
  `${Object.keys(calls).length - refused} of ${Object.keys(calls).length} taken\n`,
);
process.exitCode = refused === 0 ? 0 : 1;
