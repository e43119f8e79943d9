import { readLane, type Bus } from '@billingrails/bus';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { rest } from '@billingrails/waits';
import { chunksOf, type Chunk, type ChunkLimits } from '../events/contract/chunks';
import type { ApplyContext } from '../events/use-cases/apply-chunks';
import { readAppliedSeqs, StaleCursorError } from '../partitions/store/partitions';
import type { JointChunks } from './joint-chunks';
import type { LaneProgress } from './lane-progress';
import { Pace } from './pace';
import type { Positions } from './positions';

/** What lanes need. */
export interface LaneContext extends ApplyContext {
  readonly bus: Bus;
  readonly positions: Positions;
  readonly logger: Logger;
  readonly limits: ChunkLimits;
  readonly progress: LaneProgress;
  /** Applies the chunks of all lanes of this process. */
  readonly joint: JointChunks;
  /** Called between a commit and the next read; a test can fail or wait there. */
  readonly afterCommit?: (chunk: Chunk) => Promise<void>;
}

/**
 * Applies a partition from its cursor on, in order, until `signal` is aborted; a chunk under way is finished first.
 * Whatever fails, nothing is skipped: the lane waits a little and starts again from the cursor, which is true.
 */
export async function runLane(
  context: LaneContext,
  partition: number,
  signal: AbortSignal,
): Promise<void> {
  const pace = new Pace(context.limits);
  while (!signal.aborted) {
    try {
      await followPartition(context, partition, signal, pace);
    } catch (error) {
      if (signal.aborted) break;
      note(context, partition, error);
      await rest(pace.failed(), signal);
    }
  }
  context.progress.moved(partition);
}

async function followPartition(
  context: LaneContext,
  partition: number,
  signal: AbortSignal,
  pace: Pace<ChunkLimits>,
): Promise<void> {
  const { bus, positions, joint, partitionCount, progress } = context;
  let appliedSeq = (await readAppliedSeqs(context.mongo.db)).get(partition) ?? 0;
  positions.advance(partition, appliedSeq);
  const maxMessages = MESSAGES_PER_READ;
  for await (const messages of readLane(bus, {
    partition,
    afterSeq: appliedSeq,
    maxMessages,
    signal,
  })) {
    for (const chunk of chunksOf({ partition, partitionCount }, messages, pace.limits)) {
      if (signal.aborted) return;
      const fromSeq = appliedSeq;
      progress.begun(partition);
      await joint.apply(context, { fromSeq, chunk });
      progress.moved(partition);
      appliedSeq = chunk.toSeq;
      positions.advance(partition, appliedSeq);
      pace.succeeded();
      await context.afterCommit?.(chunk);
    }
  }
}

/** A message holds from one event to thousands, so this is only an upper bound of what is fetched at once. */
const MESSAGES_PER_READ = 1_000;

function note({ logger, progress }: LaneContext, partition: number, error: unknown): void {
  if (error instanceof StaleCursorError) {
    progress.moved(partition);
    logger.info({ partition }, 'another owner has moved the cursor; starting again from it');
    return;
  }
  progress.failed(partition, error);
  if (error instanceof DomainError && error.kind === 'precondition') {
    logger.error({ partition, err: error }, 'lane cannot go on until somebody mends this');
  } else {
    logger.warn({ partition, err: error }, 'lane failed; starting again from its cursor');
  }
}
