import type { DescService } from '@bufbuild/protobuf';
import { createClient, type CallOptions, type Client } from '@connectrpc/connect';
import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import type { OrganisationId } from '@billingrails/ids';
import { ORGANISATION_HEADER } from '../principal';
import { channelOptions } from './channel-options';
import { grpcTransport } from './transport';

/** How long a call may take when neither it nor the call it is made for says. */
const TIMEOUT_MS = 10_000;

export interface RpcClientOptions {
  /** Where the replicas are: "dns:///metering:7002" for all behind a name, or "ipv4:10.0.0.1:7002,10.0.0.2:7002". */
  readonly url: string;
  /** Sent as the bearer of every call. */
  readonly key: string;
  /** 10 s unless given. */
  readonly defaultTimeoutMs?: number;
}

export interface RpcClient<S extends DescService> {
  readonly client: Client<S>;
  /** Takes no more calls; connections close when the running ones have ended. */
  close(): void;
}

/**
 * A client of another of our services. It connects with the first call, spreads calls over all replicas, and tries
 * reads again when a replica is away. Hand it a handler's `context.signal`, and its calls end with the handler's own. A
 * stream that is left early goes on until its signal is aborted or its deadline passes.
 */
export function createRpcClient<S extends DescService>(
  service: S,
  { url, key, defaultTimeoutMs = TIMEOUT_MS }: RpcClientOptions,
): RpcClient<S> {
  const channel = new GrpcClient(url, credentials.createInsecure(), channelOptions(service));
  const transport = grpcTransport({
    client: channel,
    header: { authorization: `Bearer ${key}` },
    defaultTimeoutMs,
  });
  return { client: createClient(service, transport), close: () => channel.close() };
}

/** Names the organisation that a call with a service key is made for. */
export function onBehalfOf(organisationId: OrganisationId): CallOptions {
  return { headers: { [ORGANISATION_HEADER]: organisationId } };
}
