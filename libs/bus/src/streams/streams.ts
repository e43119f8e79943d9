import {
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { assert, SetupError } from '@billingrails/errors';
import { whileConnected, type Bus } from '../connect';
import { isNotFound, isWrongLastSequence } from '../api-errors';
import { PARTITIONS_DEFAULT, partitionSubject } from './partition';
import { publishAtomic } from '../publishing/publish';

/** Settings the client library does not know yet. */
export type ServerStreamConfig = Partial<StreamConfig> & { readonly allow_atomic?: boolean };

export interface StreamDefinition {
  readonly name: string;
  /** What every stream of this name must have. */
  readonly config: ServerStreamConfig;
  readonly partitioned: boolean;
  /** Room in bytes that a new one gets where nothing else is asked for; 4 GiB. */
  readonly maxBytes?: number;
}

export interface StreamOptions {
  /** Copies; default 3 on a cluster, else 1. Checked only when given. */
  readonly replicas?: number;
  /**
   * Room in bytes; by default what the stream's definition says. When it is used up, publishing is refused, or in USAGE
   * and CHANGES the oldest messages go. Checked only when given.
   */
  readonly maxBytes?: number;
  /** Of stream EVENTS: fixed when the stream is made; default 16. Checked only when given. */
  readonly partitions?: number;
}

const lasting: ServerStreamConfig = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  // A full stream refuses new messages; it never drops old ones.
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  deny_delete: true,
};

/** Accepted events, one subject a partition. What metering has applied is purged; see `purgeApplied`. */
export const EVENTS: StreamDefinition = {
  name: 'EVENTS',
  partitioned: true,
  config: {
    ...lasting,
    subjects: ['events.*'],
    allow_atomic: true,
    // Keys tell repetitions apart, for ever; message ids are not used.
    duplicate_window: nanos(1_000),
  },
};

/** Facts from billing, one subject a kind of fact. */
export const BILLING: StreamDefinition = {
  name: 'BILLING',
  partitioned: false,
  config: {
    ...lasting,
    subjects: ['billing.>'],
    allow_atomic: true,
    duplicate_window: nanos(120_000),
  },
};

/** How long billing may be away and still hear of what changed meanwhile; after that its sweep finds it. */
const METERING_KEPT_MS = 30 * 86_400_000;

/** What metering tells of usage that changed in the past. */
export const METERING: StreamDefinition = {
  name: 'METERING',
  partitioned: false,
  config: {
    ...lasting,
    subjects: ['metering.>'],
    max_age: nanos(METERING_KEPT_MS),
    duplicate_window: nanos(120_000),
  },
};

/** As long as whoever hears it may be away; then looking at everything is cheaper. */
const USAGE_KEPT_MS = 600_000;

/**
 * What metering tells of usage that was just counted. It says where to look and nothing else, so that what is old may
 * go: a full stream drops its oldest messages.
 */
export const USAGE: StreamDefinition = {
  name: 'USAGE',
  partitioned: false,
  config: {
    ...lasting,
    subjects: ['usage.>'],
    discard: DiscardPolicy.Old,
    max_age: nanos(USAGE_KEPT_MS),
    duplicate_window: nanos(120_000),
  },
  maxBytes: 256 * 1024 ** 2,
};

/** How long whoever tells customers of changes may be away without missing any. */
const CHANGES_KEPT_MS = 30 * 86_400_000;

/**
 * What has changed, told to customers' own systems, one subject a type. A reader that lags must never keep bills from
 * being published, so a full stream drops its oldest messages.
 */
export const CHANGES: StreamDefinition = {
  name: 'CHANGES',
  partitioned: false,
  config: {
    ...lasting,
    subjects: ['changes.>'],
    discard: DiscardPolicy.Old,
    allow_atomic: true,
    max_age: nanos(CHANGES_KEPT_MS),
    duplicate_window: nanos(120_000),
  },
};

/**
 * What was done in organisations, for the audit log. Whoever keeps the log takes messages off; none is ever dropped, so
 * that a full stream keeps them in the outboxes of those who did it.
 */
export const AUDIT: StreamDefinition = {
  name: 'AUDIT',
  partitioned: false,
  config: {
    ...lasting,
    subjects: ['audit.>'],
    retention: RetentionPolicy.Workqueue,
    allow_atomic: true,
    duplicate_window: nanos(120_000),
  },
};

const MAX_BYTES_DEFAULT = 4 * 1024 ** 3;
const PARTITIONS_KEY = 'billingrails_partitions';
const PARTITIONS_MAX = 1_000;

/**
 * Creates the stream, or checks the one there is: throws a SetupError that names every setting that differs and what to
 * do. Several services may do so at once. A partitioned stream begins with one empty message in each partition, in
 * order: partition p's has sequence p + 1. They anchor the lanes (see `readLane`) and are never delivered.
 */
export async function ensureStream(
  bus: Bus,
  definition: StreamDefinition,
  options: StreamOptions = {},
): Promise<void> {
  const info = (await streamInfo(bus, definition.name)) ?? (await create(bus, definition, options));
  const wanted: ServerStreamConfig = {
    ...definition.config,
    ...(options.replicas === undefined ? {} : { num_replicas: options.replicas }),
    ...(options.maxBytes === undefined ? {} : { max_bytes: options.maxBytes }),
  };
  const differences = differencesOf(info.config, wanted);
  if (definition.partitioned) {
    const partitions = partitionsIn(info);
    if (options.partitions !== undefined && options.partitions !== partitions) {
      differences.push(`partitions is ${partitions}, must be ${options.partitions}`);
    }
  }
  if (differences.length > 0) {
    throw new SetupError(
      `Stream ${definition.name} does not fit: ${differences.join('; ')}. Change the service's settings, or the ` +
        `stream with \`nats stream edit ${definition.name}\`; partitions, storage and retention are fixed for its life.`,
    );
  }
  if (definition.partitioned && info.state.last_seq === 0) await anchor(bus, partitionsIn(info));
}

/** How many partitions stream EVENTS was made with. */
export async function partitionsOf(bus: Bus): Promise<number> {
  const info = await streamInfo(bus, EVENTS.name);
  assert(info !== undefined, 'ensureStream ran before partitionsOf');
  return partitionsIn(info);
}

/** `undefined` when there is no such stream. */
export async function streamInfo(bus: Bus, name: string): Promise<StreamInfo | undefined> {
  try {
    return await whileConnected(bus, () => bus.manager.streams.info(name));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Three copies where there is a cluster to hold them. */
export function defaultReplicas(bus: Bus): number {
  return bus.connection.info?.cluster === undefined ? 1 : 3;
}

/** Every setting of `wanted` that is otherwise in `found`, as a phrase. */
export function differencesOf(found: ServerStreamConfig, wanted: ServerStreamConfig): string[] {
  const settings = Object.entries(found);
  const foundBy = new Map<string, unknown>(settings);
  return Object.entries(wanted).flatMap(([setting, value]) => {
    const present = JSON.stringify(foundBy.get(setting));
    const needed = JSON.stringify(value);
    return present === needed ? [] : [`${setting} is ${present ?? 'not set'}, must be ${needed}`];
  });
}

async function create(
  bus: Bus,
  { name, config, partitioned, maxBytes = MAX_BYTES_DEFAULT }: StreamDefinition,
  options: StreamOptions,
): Promise<StreamInfo> {
  const partitions = options.partitions ?? PARTITIONS_DEFAULT;
  assert(partitions >= 1 && partitions <= PARTITIONS_MAX, 'there are 1 to 1000 partitions');
  const complete: ServerStreamConfig = {
    ...config,
    name,
    num_replicas: options.replicas ?? defaultReplicas(bus),
    max_bytes: options.maxBytes ?? maxBytes,
    ...(partitioned ? { metadata: { [PARTITIONS_KEY]: String(partitions) } } : {}),
  };
  try {
    return await whileConnected(bus, () => bus.manager.streams.add(complete));
  } catch (error) {
    // Another service was faster, with other settings: those are what is checked.
    const info = await streamInfo(bus, name);
    if (info !== undefined) return info;
    throw error;
  }
}

function partitionsIn({ config }: StreamInfo): number {
  const partitions = Number(config.metadata?.[PARTITIONS_KEY]);
  if (Number.isSafeInteger(partitions) && partitions > 0) return partitions;
  throw new SetupError(
    `Stream ${config.name} was not made by this platform: its metadata lacks ${PARTITIONS_KEY}. ` +
      'Let a service create the stream.',
  );
}

/** Writes the first message of every partition, unless somebody has. */
async function anchor(bus: Bus, partitions: number): Promise<void> {
  const messages = Array.from({ length: partitions }, (_, partition) => ({
    subject: partitionSubject(partition),
    data: new Uint8Array(),
  }));
  try {
    await publishAtomic(bus, messages, { timeoutMs: 5_000, expectedLastSeq: 0 });
  } catch (error) {
    if (!isWrongLastSequence(error)) throw error;
  }
}
