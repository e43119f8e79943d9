import { hash, randomUUID } from 'node:crypto';
import { StripeConnectionSchema } from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { CollectionService } from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { pageByKey } from '../../rpc/pages';
import {
  attemptToProto,
  collectionToProto,
  connectionToProto,
  customerToProto,
} from '../contract/collection';
import { collectInvoice, existingCollection } from '../use-cases/collect-invoice';
import {
  disconnect,
  existingConnection,
  keepConnection,
  preparedConnection,
} from '../use-cases/connect-stripe';
import {
  completedSetup,
  existingCustomer,
  linkCustomer,
  preparedCustomer,
  usePaymentMethod,
} from '../use-cases/payment-methods';
import { forCaller, requireConnection, type CollectingParts } from '../use-cases/provider-of';

/** Takes what invoices ask for. `onDue` is called when an attempt may be due. */
export function collectionService(
  parts: CollectingParts,
  onDue: () => void,
): ServiceImpl<typeof CollectionService> {
  const { stores } = parts;
  const { mongo, attempts } = stores;
  const { method } = CollectionService;
  return {
    connectStripe: (request, context) =>
      mutate(mongo, {
        ...{ method: method.connectStripe, request },
        caller: principalOf(context),
        prepare: (organisationId) => preparedConnection(parts, organisationId, request),
        async run(session, _organisationId, connection) {
          await keepConnection(stores, session, connection);
          return { connection: connectionToProto(connection) };
        },
      }),

    disconnectStripe: (request, context) =>
      mutate(mongo, {
        ...{ method: method.disconnectStripe, request, removes: StripeConnectionSchema },
        caller: principalOf(context),
        async run(session, organisationId) {
          await disconnect(stores, session, organisationId);
          return {};
        },
      }),

    async getStripeConnection(_request, context) {
      const { organisationId } = principalOf(context);
      return { connection: connectionToProto(await existingConnection(stores, organisationId)) };
    },

    linkPaymentCustomer: (request, context) =>
      mutate(mongo, {
        ...{ method: method.linkPaymentCustomer, request },
        caller: principalOf(context),
        prepare: (organisationId) => preparedCustomer(parts, organisationId, request),
        async run(session, _organisationId, customer) {
          const linked = await linkCustomer(stores, session, customer);
          return { customer: customerToProto(linked) };
        },
      }),

    async getPaymentCustomer({ accountId }, context) {
      const { organisationId } = principalOf(context);
      return {
        customer: customerToProto(await existingCustomer(stores, organisationId, accountId)),
      };
    },

    async startPaymentMethodSetup({ accountId, requestId }, context) {
      const { organisationId } = principalOf(context);
      const { provider } = await requireConnection(parts, organisationId);
      const { customerId } = await existingCustomer(stores, organisationId, accountId);
      // The secret is kept nowhere here: the provider answers the same key with the same setup.
      const own = requestId === '' ? randomUUID() : requestId;
      const key = hash('sha256', JSON.stringify([organisationId, customerId, own]));
      return forCaller(() => provider.startSetup(customerId, key));
    },

    completePaymentMethodSetup: async (request, context) => {
      const answer = await mutate(mongo, {
        ...{ method: method.completePaymentMethodSetup, request },
        caller: principalOf(context),
        prepare: (organisationId) => completedSetup(parts, organisationId, request),
        async run(session, _organisationId, customer) {
          await usePaymentMethod(stores, session, customer);
          return { customer: customerToProto(customer) };
        },
      });
      onDue();
      return answer;
    },

    collectInvoice: async (request, context) => {
      const answer = await mutate(mongo, {
        ...{ method: method.collectInvoice, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const { invoiceId } = request;
          const collection = await collectInvoice(stores, session, organisationId, invoiceId);
          return { collection: collectionToProto(collection) };
        },
      });
      onDue();
      return answer;
    },

    async getCollection({ invoiceId }, context) {
      const { organisationId } = principalOf(context);
      const collection = await existingCollection(stores, organisationId, invoiceId);
      return { collection: collectionToProto(collection) };
    },

    async listPaymentAttempts(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, invoiceId } = request;
      const { items, nextPageToken } = await pageByKey(
        request,
        ({ after, limit }) =>
          attempts.list(organisationId, {
            ...(accountId === '' ? {} : { accountId }),
            ...(invoiceId === '' ? {} : { invoiceId }),
            ...(after === undefined ? {} : { afterId: after }),
            limit,
          }),
        ({ id }) => id,
      );
      return { attempts: items.map(attemptToProto), nextPageToken };
    },
  };
}
