import { meteredNames } from '../meters/store/meters';
import { tellName, type EventDefinitionsContext } from '../meters/use-cases/announce-name';
import { repeat, type Job } from '@billingrails/waits';

const INTERVAL_MS = 60_000;

/**
 * Tells ingest about every event name that has meters, at the start and then each minute: whatever was committed and
 * not told, because the process or the broker ended in between, is told then.
 */
export function startEventDefinitions(context: EventDefinitionsContext): Job {
  const work = async (): Promise<'done'> => {
    for await (const name of meteredNames(context.mongo.db)) await tellName(context, name);
    return 'done';
  };
  return repeat('event definitions', INTERVAL_MS, work, context.logger);
}
