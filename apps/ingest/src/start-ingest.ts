import { randomInt } from 'node:crypto';
import type { AuditMessage } from '@billingrails/audit';
import { busDomainError, publishAtomic, publishOnce, type Bus } from '@billingrails/bus';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createIdSource } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import { Rates, startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { tellRefusals } from '@billingrails/service';
import { Registry } from 'prom-client';
import type { Config } from './config';
import type { followEventDefinitions } from './consumer/event-definitions';
import { watchBroker } from './publishing/broker-watch';
import { GroupCommitter } from './publishing/group-committer';
import { corrections } from './rpc/corrections';
import { eventService } from './rpc/event-service';
import { leanMethods } from './rpc/lean/lean-methods';

/** What ingest serves. */
export const SERVICES = [EventService];

/** What ingest rests on, connected, and how it is set. */
export interface IngestOptions {
  readonly config: Config;
  /** With streams EVENTS and AUDIT. */
  readonly bus: Bus;
  readonly partitions: number;
  /** Rejects when the broker may lose what it acknowledges. */
  readonly checkBroker: () => Promise<void>;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly definitions: Awaited<ReturnType<typeof followEventDefinitions>>['definitions'];
  readonly logger: Logger;
  /** Called when the broker came back as one that may lose events. */
  readonly onUnfit: () => void;
}

/** Wires ingest on its connections, and serves. close() answers all that was taken. */
export async function startIngest(options: IngestOptions): Promise<{ close(): Promise<void> }> {
  const { config, bus, partitions, definitions, logger } = options;
  const nowMs = () => Date.now();
  const ids = createIdSource(nowMs, () => randomInt(2 ** 32) / 2 ** 32);

  // The way to the disk.
  const committer = new GroupCommitter({
    partitions,
    commit: (messages, timeoutMs) => publishAtomic(bus, messages, { timeoutMs }),
    isConnected: () => bus.connected,
    onUnavailable: () => broker.suspect(),
    limits: { requestsMax: config.PENDING_REQUESTS_MAX, bytesMax: config.PENDING_BYTES_MAX },
    patienceMs: config.COMMIT_PATIENCE_MS,
    steadyMs: () => performance.now(),
  });

  // The way in.
  const nextKey = () => ids.next('evt');
  const nextCorrectionId = () => ids.next('cor');
  const record = ({ id: messageId, subject, data }: AuditMessage): Promise<void> =>
    publishOnce(bus, { messageId, subject, data });
  const rates = new Rates();
  const parts = { committer, rates, definitions, nowMs, nextKey, nextCorrectionId, record };
  const server = await startRpcServer({
    name: 'ingest',
    host: config.HOST,
    port: config.PORT,
    origins: config.CORS_ORIGINS,
    services: SERVICES,
    routes: (router) =>
      router.service(EventService, { ...eventService(parts), ...corrections(parts) }),
    lean: leanMethods({ ...parts, partitions }),
    authenticate: options.authenticate,
    rates,
    onRefused: tellRefusals(bus, logger, nowMs),
    toDomainError: busDomainError,
    metrics: new Registry(),
    logger,
  });

  const broker = watchBroker(bus, {
    check: options.checkBroker,
    onChange: (works) => server.setServing(works),
    onUnfit: options.onUnfit,
    logger,
  });
  return {
    async close() {
      broker.close();
      // Answers all that was taken, and only then lets the broker go.
      await server.close();
    },
  };
}
