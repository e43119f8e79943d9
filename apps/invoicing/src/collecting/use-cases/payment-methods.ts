import { invalid, notFound, precondition } from '@billingrails/errors';
import { isAccountId, type AccountId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Stores } from '../../store/stores';
import type { PaymentCustomer } from '../domain/connection';
import { forCaller, requireConnection, type CollectingParts } from './provider-of';

/** Asks the provider for the customer to link, or makes one. Changes nothing here. */
export async function preparedCustomer(
  parts: CollectingParts,
  organisationId: OrganisationId,
  request: {
    readonly accountId: string;
    readonly customerId: string;
    readonly name: string;
    readonly email: string;
  },
): Promise<PaymentCustomer> {
  const { customerId, name, email } = request;
  const accountId = accountOf(request.accountId);
  const { provider } = await requireConnection(parts, organisationId);
  const linked = await parts.stores.paymentCustomers.find(organisationId, accountId);
  if (linked !== undefined && (customerId === '' || customerId === linked.customerId))
    return linked;
  if (customerId === '') {
    const customer = { organisationId, accountId, name, email };
    const made = await forCaller(() => provider.createCustomer(customer));
    return { organisationId, accountId, customerId: made };
  }
  if (!(await forCaller(() => provider.hasCustomer(customerId))))
    throw invalid('STRIPE_CUSTOMER_NOT_FOUND', 'Stripe has no such customer.', [
      { field: 'customer_id', description: 'must be the id of a customer at Stripe' },
    ]);
  return { organisationId, accountId, customerId };
}

/** Links it; what was set up of the same customer meanwhile stays. */
export async function linkCustomer(
  { paymentCustomers }: Stores,
  session: ClientSession,
  customer: PaymentCustomer,
): Promise<PaymentCustomer> {
  const { organisationId, accountId, customerId } = customer;
  const before = await paymentCustomers.find(organisationId, accountId, session);
  if (before?.customerId === customerId) return before;
  await paymentCustomers.replace(customer, session);
  return customer;
}

/** What a setup gave, for the account that it is of. Changes nothing. */
export async function completedSetup(
  parts: CollectingParts,
  organisationId: OrganisationId,
  request: { readonly accountId: string; readonly setupId: string },
): Promise<PaymentCustomer> {
  const { provider } = await requireConnection(parts, organisationId);
  const customer = await existingCustomer(parts.stores, organisationId, request.accountId);
  const { customerId, paymentMethodId } = await forCaller(() => provider.setup(request.setupId));
  if (customerId !== customer.customerId || paymentMethodId === undefined)
    throw precondition(
      'PAYMENT_METHOD_NOT_SET_UP',
      'The setup is of another customer, or not completed.',
    );
  return { ...customer, paymentMethodId };
}

/** Takes money from it from then on: an invoice that waits for its next attempt is attempted at once. */
export async function usePaymentMethod(
  { paymentCustomers, collections, testClocks }: Stores,
  session: ClientSession,
  customer: PaymentCustomer,
): Promise<void> {
  const { organisationId, accountId } = customer;
  await paymentCustomers.replace(customer, session);
  const presentMs = await testClocks.present(organisationId, session);
  await collections.hurry(organisationId, accountId, presentMs, session);
}

/** The customer of an account. */
export async function existingCustomer(
  { paymentCustomers }: Stores,
  organisationId: OrganisationId,
  text: string,
): Promise<PaymentCustomer> {
  const found = isAccountId(text) ? await paymentCustomers.find(organisationId, text) : undefined;
  if (found === undefined)
    throw notFound('PAYMENT_CUSTOMER_NOT_FOUND', 'The account is linked to no customer at Stripe.');
  return found;
}

function accountOf(text: string): AccountId {
  if (!isAccountId(text))
    throw invalid('PAYMENT_INVALID', 'There can be no account of that id.', [
      { field: 'account_id', description: 'must be the id of an account' },
    ]);
  return text;
}
