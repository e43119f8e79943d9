import {
  AUDIT,
  connectBus,
  ensureStream,
  EVENTS,
  METERING,
  partitionsOf,
  USAGE,
  type Bus,
} from '@billingrails/bus';
import { createIdSource, type OrganisationId } from '@billingrails/ids';
import { createLogger, type Logger } from '@billingrails/log';
import { connectMongo, ensureIndexes, inTransaction, type Mongo } from '@billingrails/mongo';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import type { AggregationMethod } from '../domain/aggregation';
import { INDEXES } from '../indexes';
import type { Meter } from '../meters/domain/meter';
import { createMeter } from '../meters/domain/meter-draft';
import { insertMeter } from '../meters/store/meters';
import { backfillProfiles, fenceProfiles } from '../meters/use-cases/add-profiles';
import { ensurePartitions, readAppliedSeqs } from '../partitions/store/partitions';
import { rulesFor } from './merged-plans';
import type { OracleProfile } from './oracle/oracle';
import type { OracleArrival } from './oracle/oracle-corrections';
import { messagesOf, publishMessages, type LaneMessage } from './publish';

/** Real servers, connected, with everything metering finds at its start. */
export interface Harness {
  readonly servers: TestServers;
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly logger: Logger;
  /** All of the stream. */
  readonly partitions: readonly number[];
  /** Publishes events and corrections in one atomic batch, as ingest sends them. Gives the last sequences. */
  publish(
    arrived: readonly OracleArrival[],
    options?: PublishOptions,
  ): Promise<Map<number, number>>;
  /** Publishes a message, whatever it holds. Gives its sequence. */
  publishMessage(message: LaneMessage): Promise<Map<number, number>>;
  /** Resolves when all of these have been applied. */
  applied(seqs: ReadonlyMap<number, number>): Promise<void>;
  /** Creates a meter as the service does. */
  createMeter(organisationId: string, profiles: readonly OracleProfile[]): Promise<Meter>;
  close(): Promise<void>;
}

export interface PublishOptions {
  readonly timestampAssigned?: boolean;
}

const silent = createLogger({ service: 'test', level: 'silent' });

export interface HarnessOptions {
  /** The client tells of each command. */
  readonly monitorCommands?: boolean;
  /** MongoDB of its own, for who kills it. */
  readonly alone?: boolean;
}

export async function startHarness({
  monitorCommands = false,
  alone = false,
}: HarnessOptions = {}): Promise<Harness> {
  const logger = silent;
  const servers = await startServers({ mongo: true, nats: true, alone });
  const url = servers.mongodbUrl;
  const mongo = await connectMongo({ url, database: 'metering', logger, monitorCommands });
  const bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
  await ensureStream(bus, EVENTS, {});
  await ensureStream(bus, METERING);
  await ensureStream(bus, USAGE);
  await ensureStream(bus, AUDIT);
  await ensureIndexes(mongo.db, INDEXES);
  const partitionCount = await partitionsOf(bus);
  await ensurePartitions(mongo.db, partitionCount);
  return {
    servers,
    mongo,
    bus,
    logger,
    partitions: Array.from({ length: partitionCount }, (_, partition) => partition),
    publish: (arrived, { timestampAssigned } = {}) =>
      publishMessages(bus, messagesOf(arrived, timestampAssigned)),
    publishMessage: (message) => publishMessages(bus, [message]),
    async applied(seqs) {
      await waitFor(() => isApplied(mongo, seqs), { what: 'all events to be applied' });
    },
    createMeter: (organisationId, profiles) => storeMeter(mongo, organisationId, profiles),
    async close() {
      await bus.close().catch(() => undefined);
      await mongo.close();
      await servers.stop();
    },
  };
}

async function isApplied(mongo: Mongo, seqs: ReadonlyMap<number, number>): Promise<boolean> {
  const applied = await readAppliedSeqs(mongo.db);
  return [...seqs].every(([partition, seq]) => (applied.get(partition) ?? 0) >= seq);
}

const ids = createIdSource(Date.now, Math.random);

async function storeMeter(
  mongo: Mongo,
  organisation: string,
  profiles: readonly OracleProfile[],
): Promise<Meter> {
  const { db } = mongo;
  const organisationId = organisation as OrganisationId;
  const profileIds = profiles.map(() => ids.next('mpf'));
  const given = { id: ids.next('mtr'), organisationId, profileIds, nowMs: Date.now() };
  return inTransaction(mongo, async (session) => {
    const revisionCount = profiles.flatMap(({ revisions = [] }) => revisions).length;
    const count = profiles.length + revisionCount;
    const fence = await fenceProfiles(db, session, organisationId, count);
    const draft = {
      name: 'A meter',
      eventName: profiles[0]?.eventName ?? '',
      accountProperty: 'billingrails_account_id',
      profiles: profiles.map((profile, index) => ({
        code: `p${index}`,
        name: `Profile ${index}`,
        method: profile.method as AggregationMethod,
        ...rulesFor(profile),
        recurring: profile.recurring ?? false,
        timeWindow: profile.timeWindow ?? ('none' as const),
      })),
      defaultProfile: 'p0',
    };
    const { firstNumber } = fence;
    const first = createMeter(draft, { ...given, firstNumber });
    const meter = withRevisions(first, profiles, firstNumber + profiles.length);
    await insertMeter(db, session, meter);
    await backfillProfiles(db, session, meter, meter.profiles, fence);
    return meter;
  });
}

/** The meter with the later versions of its profiles, numbered from a number on. */
function withRevisions(
  meter: Meter,
  profiles: readonly OracleProfile[],
  firstNumber: number,
): Meter {
  const revisions = meter.profiles.flatMap((profile, index) =>
    (profiles[index]?.revisions ?? []).map((rules, earlier) => ({
      ...profile,
      ...rulesFor(rules),
      id: ids.next('mpf'),
      version: earlier + 2,
      effectiveFromMs: rules.fromMs,
      // As if it had been made before anything was known.
      createTimeMs: 0,
    })),
  );
  const numbered = revisions.map((one, index) => ({ ...one, number: firstNumber + index }));
  return { ...meter, profiles: [...meter.profiles, ...numbered] };
}
