import type { Logger } from '@billingrails/log';
import { repeat, type Job } from '@billingrails/waits';
import type { KeyRecords } from '../use-cases/key-records';

const TELL_MS = 1_000;

/** Tells services each second of what they may not have been told: what was stored before a crash or an outage. */
export function startTellingKeys(records: Pick<KeyRecords, 'tellUntold'>, logger: Logger): Job {
  return repeat(
    'tell of keys',
    TELL_MS,
    async () => {
      await records.tellUntold();
      return 'done';
    },
    logger,
  );
}
