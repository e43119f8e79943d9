import { randomUUID } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescService,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { createClient, type Client, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { BillingrailsError } from './errors.js';
import { EventSender, type EventSenderOptions } from './event-sender.js';
import { EventService } from './gen/billingrails/ingest/v1/event_service_pb.js';
import { DEFAULT_RETRIES, withRetries, type RetryPolicy } from './retries.js';

/** Addresses by the name of the service, the second part of its package: `{ ingest: 'http://127.0.0.1:7001' }`. */
export type ServiceAddresses = Readonly<Record<string, string>>;

export interface BillingrailsOptions {
  /** An API key, `br_…`. */
  readonly key: string;
  /** Where all services are reached, such as `https://billing.example.com`. */
  readonly address?: string;
  /** Services that are reached by an address of their own, before `address`. */
  readonly addresses?: ServiceAddresses;
  /** How long a call may take with all its tries, unless it says otherwise; 30,000 by default. Not for streams. */
  readonly timeoutMs?: number;
  /** How calls are tried again that ended with UNAVAILABLE or RESOURCE_EXHAUSTED. */
  readonly retries?: Partial<RetryPolicy>;
}

/** Billingrails with one API key: gives a client of every service, and a sender of events. */
export class Billingrails {
  /** What generated clients call through: for `createClient` of `@connectrpc/connect`. */
  readonly transport: Transport;

  /** Connects with the first call. Throws TypeError where the key or every address is missing. */
  constructor(options: BillingrailsOptions) {
    const { key, address, addresses = {}, timeoutMs = 30_000, retries } = options;
    if (!key) throw new TypeError('key: must be an API key, "br_…".');
    if (!address && Object.keys(addresses).length === 0) {
      throw new TypeError(
        'address: must be where Billingrails is reached, "http://127.0.0.1:7000".',
      );
    }
    const policy = { ...DEFAULT_RETRIES, ...retries };
    const byAddress = new Map<string, Transport>();
    const transportTo = (typeName: string): Transport => {
      const name = typeName.split('.')[1] ?? '';
      const baseUrl = addresses[name] ?? address;
      if (!baseUrl)
        throw new TypeError(`addresses: must say where the service "${name}" is reached.`);
      const transport =
        byAddress.get(baseUrl) ?? createConnectTransport({ baseUrl, httpVersion: '1.1' });
      byAddress.set(baseUrl, transport);
      return transport;
    };
    const withKey = (header: HeadersInit | undefined): Headers => {
      const headers = new Headers(header);
      headers.set('authorization', `Bearer ${key}`);
      return headers;
    };
    this.transport = {
      unary: (method, signal, ownTimeoutMs, header, input, contextValues) => {
        const transport = transportTo(method.parent.typeName);
        const request = withRequestId(method.input, input);
        return withRetries(policy, ownTimeoutMs ?? timeoutMs, signal, (leftMs) =>
          transport.unary(method, signal, leftMs, withKey(header), request, contextValues),
        );
      },
      stream: async (method, signal, ownTimeoutMs, header, input, contextValues) => {
        const transport = transportTo(method.parent.typeName);
        try {
          const answer = await transport.stream(
            ...([method, signal, ownTimeoutMs, withKey(header), input, contextValues] as const),
          );
          return { ...answer, message: typedErrors(answer.message) };
        } catch (error) {
          throw BillingrailsError.from(error);
        }
      },
    };
  }

  /** A client of one service, with a method for each of its calls. */
  service<S extends DescService>(service: S): Client<S> {
    return createClient(service, this.transport);
  }

  /** Sends events in the background. Close it at the end, for what it holds still to be sent. */
  eventSender(options: EventSenderOptions): EventSender {
    return new EventSender(this.service(EventService), options);
  }
}

/** A write without a `request_id` gets one, so that trying again cannot do it twice. */
function withRequestId<D extends DescMessage>(desc: D, init: MessageInitShape<D>) {
  const field = desc.field['requestId'];
  if (field === undefined) return init;
  const request = create(desc, init);
  const message = reflect(desc, request);
  if (!message.isSet(field)) message.set(field, randomUUID());
  return request;
}

/** The messages of a stream; what ends it early is a BillingrailsError. */
async function* typedErrors<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    throw BillingrailsError.from(error);
  }
}
