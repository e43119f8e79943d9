import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { Platform } from '@billingrails/stack';

const TIMEOUT_MS = 30_000;

/** gRPC clients of the organisation that everything is measured in. */
export type Clients = ReturnType<typeof clientsOf>['clients'];

/** Connects them; `close` ends all of them. */
export function clientsOf({ urls, key }: Platform) {
  const options = { key, defaultTimeoutMs: TIMEOUT_MS };
  const events = createRpcClient(EventService, { ...options, url: urls.ingest });
  const meters = createRpcClient(MeterService, { ...options, url: urls.metering });
  const usage = createRpcClient(UsageService, { ...options, url: urls.metering });
  return {
    clients: { events: events.client, meters: meters.client, usage: usage.client },
    close() {
      for (const { close } of [events, meters, usage]) close();
    },
  };
}
