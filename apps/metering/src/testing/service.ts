import { allScopes } from '@billingrails/access';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { parseId, type ApiKeyId } from '@billingrails/ids';
import { createRpcClient, domainErrorOf, unauthenticated } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import { Code, ConnectError } from '@connectrpc/connect';
import { startMetering, type Metering, type MeteringOptions } from '../start-metering';
import type { Harness } from './harness';

/** A metering process' worth of service, with clients. */
export interface Service extends Metering {
  /** Clients of an organisation; closed with the service. */
  as(organisationId: string): ReturnType<typeof clientsOf>;
}

/** Starts the whole service on the harness's servers. A bearer is its organisation's id. */
export async function startService(
  harness: Harness,
  options: Partial<MeteringOptions> = {},
): Promise<Service> {
  const { mongo, bus, logger } = harness;
  const metering = await startMetering({
    ...{ host: '127.0.0.1', port: 0, mongo, bus, logger },
    authenticate: (bearer) => {
      const organisationId = parseId('org', bearer);
      if (organisationId === undefined) throw unauthenticated();
      return {
        ...{ organisationId, keyId: 'key_test' as ApiKeyId, kind: 'organisation' },
        scopes: allScopes(['internal']),
      };
    },
    nowMs: Date.now,
    random: Math.random,
    limits: { eventCount: 2_000, byteCount: 8 * 1024 * 1024 },
    lanesAtOnce: 4,
    retentionMs: 7 * 86_400_000,
    ...options,
  });
  const open: ReturnType<typeof clientsOf>[] = [];
  return {
    ...metering,
    as(organisationId) {
      const clients = clientsOf(metering.address, organisationId);
      open.push(clients);
      return clients;
    },
    async close() {
      for (const { close } of open) close();
      await metering.close();
    },
  };
}

function clientsOf(address: string, key: string) {
  const url = `dns:///${new URL(address).host}`;
  const options = { url, key, defaultTimeoutMs: PATIENCE_MS };
  const meters = createRpcClient(MeterService, options);
  const stored = createRpcClient(StoredEventService, options);
  const usage = createRpcClient(UsageService, options);
  return {
    meters: meters.client,
    stored: stored.client,
    usage: usage.client,
    close() {
      meters.close();
      stored.close();
      usage.close();
    },
  };
}

/** What a refused call was told: its status, the reason for programs, and the fields at fault. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];
}

/** How a call was refused. Throws when it was not. */
export async function refusalOf(calling: Promise<unknown>): Promise<Refusal> {
  const error = await calling.then(() => undefined, ConnectError.from);
  if (error === undefined) throw new Error('The call succeeded.');
  const told = domainErrorOf(error);
  return {
    code: Code[error.code] ?? '',
    reason: told?.reason ?? '',
    fields: told?.violations.map(({ field }) => field) ?? [],
  };
}
