import { openBucket, partitionsOf, publishOutbox, type Bus } from '@billingrails/bus';
import { MeterSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import {
  UsageService,
  VerifyUsageResponseSchema,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createIdSource, type OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import {
  ensureIndexes,
  mongoDomainError,
  noneBefore,
  objectReader,
  showBefore,
  startOutboxRelay,
  type Mongo,
} from '@billingrails/mongo';
import { startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { tellRefusals } from '@billingrails/service';
import { ChangeTeller } from './changes/use-cases/tell-changes';
import { CountedTeller } from './changes/use-cases/tell-counted';
import { JointChunks } from './consumer/joint-chunks';
import { LaneProgress } from './consumer/lane-progress';
import { Lanes, type LanesContext } from './consumer/lanes';
import { Positions } from './consumer/positions';
import type { ChunkLimits } from './events/contract/chunks';
import { storedEventService } from './events/rpc/stored-event-service';
import { KeyLookups } from './events/use-cases/key-lookups';
import { INDEXES } from './indexes';
import { announceName } from './meters/use-cases/announce-name';
import { startBackfills } from './jobs/backfills';
import { startEventDefinitions } from './jobs/event-definitions';
import { startLag } from './jobs/lag';
import { createMetrics } from './jobs/metrics';
import { startPurge } from './jobs/purge';
import { startRawRetention } from './jobs/raw-retention';
import { startRecounts } from './jobs/recounts';
import { startReport } from './jobs/report';
import { startSettling } from './jobs/settle';
import { startTelling, startTellingCounted } from './jobs/tell-changes';
import { meterService } from './meters/rpc/meter-service';
import { shownMeter } from './meters/rpc/shown-meter';
import { DefinitionsCache } from './meters/store/definitions-cache';
import { getMeter, type MeteredName } from './meters/store/meters';
import { ensurePartitions, readAppliedSeqs } from './partitions/store/partitions';
import { leanAccountUsage } from './usage/rpc/lean-account-usage';
import { usageService } from './usage/rpc/usage-service';
import { ClosedUsages } from './usage/use-cases/closed-usages';

/** What metering serves. */
export const SERVICES = [MeterService, StoredEventService, UsageService];

/** What metering rests on, connected, and how it is set. Streams EVENTS, METERING, USAGE and AUDIT must be there. */
export interface MeteringOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Numbers in [0, 1), for ids. */
  readonly random: () => number;
  readonly limits: ChunkLimits;
  /** How many lanes write at the same time. */
  readonly lanesAtOnce: number;
  /** How long applied messages stay in the stream. */
  readonly retentionMs: number;
  /** For how many UTC days raw events are kept; undefined: for ever. */
  readonly rawRetentionDays?: number | undefined;
  /** Who sees quarantined messages of which nobody can be told. */
  readonly operatorOrganisationId?: OrganisationId | undefined;
  /** Where tests can fail or wait. */
  readonly failpoints?: Pick<LanesContext, 'beforeCommit' | 'afterCommit'>;
}

/** A metering process. */
export interface Metering {
  /** As a URL. */
  readonly address: string;
  /** The partitions whose lanes run here now. */
  owned(): readonly number[];
  /** Stops taking calls, finishes the chunks under way, hands the lanes over. The connections stay open. */
  close(): Promise<void>;
}

/** Wires metering on its connections. Resolves when its lanes run and it serves. */
export async function startMetering(options: MeteringOptions): Promise<Metering> {
  const { mongo, bus, logger, nowMs } = options;
  const { db } = mongo;
  const partitionCount = await partitionsOf(bus);
  await ensureIndexes(db, INDEXES);
  await ensurePartitions(db, partitionCount);
  showBefore(mongo, SERVICES, [
    objectReader(MeterSchema, async ({ organisationId, id }, session) =>
      shownMeter(db, session, await getMeter(db, session, organisationId, id)),
    ),
    noneBefore(VerifyUsageResponseSchema),
  ]);
  // Before anything runs: what may be away must not leave the rest behind.
  const bucket = await openBucket(bus, 'event_definitions');
  const ids = createIdSource(nowMs, options.random);

  // In: what ingest has accepted is stored and counted, each partition by its own lane.
  const positions = new Positions(() => readAppliedSeqs(db), logger);
  const joint = new JointChunks(options.lanesAtOnce, options.limits);
  const progress = new LaneProgress(nowMs);
  const countedTeller = new CountedTeller(bus);
  const lanes = new Lanes({
    ...{ mongo, bus, logger, positions, joint, partitionCount, progress },
    definitions: new DefinitionsCache(),
    lookups: new KeyLookups(),
    nowMs,
    onCounted: (counted) => countedTeller.add(counted),
    limits: options.limits,
    replica: ids.next('rep'),
    ...options.failpoints,
  });
  await lanes.start();

  // By the clock: what profiles found stored is counted, what waits is settled in its buckets, what corrections left is
  // counted again, what has changed in the past is told, and whose events were counted, what became of all events is
  // logged, what was applied long ago leaves the stream, ingest learns what meters say, and the audit log who did so.
  const isMine = () => lanes.owned.includes(0);
  const backfills = startBackfills({ mongo, logger, nowMs, isMine, isLive: () => joint.active });
  const settling = startSettling({ mongo, logger, owned: () => lanes.owned });
  const recounts = startRecounts({ mongo, logger, owned: () => lanes.owned });
  const teller = new ChangeTeller(mongo, bus);
  const telling = startTelling({ logger, teller, owned: () => lanes.owned });
  const tellingCounted = startTellingCounted(countedTeller, logger);
  const report = startReport({ mongo, logger, isMine });
  const lag = startLag({ mongo, bus, logger, nowMs, partitionCount, isMine });
  const purge = startPurge({ mongo, bus, logger, nowMs, retentionMs: options.retentionMs });
  const { rawRetentionDays: retentionDays } = options;
  const rawRetention =
    retentionDays === undefined
      ? undefined
      : startRawRetention({ mongo, logger, nowMs, isMine, retentionDays });
  const told = { mongo, logger, bucket };
  const definitions = startEventDefinitions(told);
  const relay = startOutboxRelay(mongo, (messages) => publishOutbox(bus, messages), { logger });

  // Out: definitions and usage, and how the process fares.
  const closing = new AbortController();
  const closed = new ClosedUsages(nowMs);
  const server = await startRpcServer({
    name: 'metering',
    host: options.host,
    port: options.port,
    ...(options.origins && { origins: options.origins }),
    services: SERVICES,
    routes: (router) => {
      const meters = {
        mongo,
        ids,
        nowMs,
        announceName: (name: MeteredName) => announceName(told, name),
        nudgeBackfills: backfills.nudge,
      };
      router.service(MeterService, meterService(meters));
      const waits = { positions, partitionCount, closing: closing.signal };
      const usage = { mongo, bus, nowMs, teller, closed, ...waits };
      const { operatorOrganisationId } = options;
      const stored = { mongo, bus, partitionCount, nowMs, operatorOrganisationId };
      router.service(StoredEventService, storedEventService(stored));
      router.service(UsageService, usageService(usage));
    },
    lean: [leanAccountUsage({ mongo, partitionCount, closed })],
    authenticate: options.authenticate,
    onRefused: tellRefusals(bus, logger, nowMs),
    logger,
    toDomainError: mongoDomainError,
    metrics: createMetrics({
      mongo,
      bus,
      nowMs,
      partitionCount,
      owned: () => lanes.owned,
      progress,
    }),
  });
  return {
    address: server.address,
    owned: () => lanes.owned,
    async close() {
      // Queries that wait for the lanes are answered first.
      closing.abort();
      await server.close();
      const counting = [backfills, settling, recounts, telling, tellingCounted];
      const jobs = [...counting, report, lag, purge, rawRetention, definitions];
      await Promise.all([...jobs.map((job) => job?.close()), relay.close()]);
      await lanes.close();
      await countedTeller.tell().catch((error: unknown) => {
        logger.warn({ err: error }, 'could not tell whose events were counted last');
      });
    },
  };
}
