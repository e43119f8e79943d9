import { openBucket } from '@billingrails/bus';
import type { Bus } from '@billingrails/bus';
import { compileFilterNode, parsePath, type FilterNode } from '@billingrails/filters';
import type { Logger } from '@billingrails/log';
import { z } from 'zod';
import { EventDefinitions } from '../domain/event-definitions';
import type { EventDefinition } from '../domain/event-definitions';

const BUCKET_NAME = 'event_definitions';

const entrySchema = z.object({
  organisation_id: z.string().min(1),
  event_name: z.string().min(1),
  account_property: z.string().min(1),
  numbers: z.array(
    z.object({
      property: z.string().min(1),
      meter: z.string(),
      profile: z.string(),
      method: z.string(),
      filter: z.custom<FilterNode>((value) => typeof value === 'object' && value !== null),
      from_ms: z.number().optional(),
      to_ms: z.number().optional(),
    }),
  ),
});

/** The definitions as they are now, until closed. */
export interface FollowedDefinitions {
  readonly definitions: EventDefinitions;
  close(): Promise<void>;
}

/**
 * Follows the definitions that metering writes. Resolves when all there are have arrived; what changes afterwards shows
 * in the same object. An entry that cannot be read is logged, and the one before it stays: to judge events by the last
 * known rule is better than by none.
 */
export async function followEventDefinitions(
  bus: Bus,
  logger: Logger,
): Promise<FollowedDefinitions> {
  const definitions = new EventDefinitions();
  const bucket = await openBucket(bus, BUCKET_NAME);
  return new Promise((resolve) => {
    const watch = bucket.watchAll(
      ({ key, value }) => {
        if (value === undefined) return definitions.remove(key);
        const definition = fromEntry(value);
        if (definition === undefined) logger.error({ key }, 'event definition cannot be read');
        else definitions.set(key, definition);
      },
      () => resolve({ definitions, close: () => watch.close() }),
    );
  });
}

function fromEntry(value: Uint8Array): EventDefinition | undefined {
  try {
    const entry = entrySchema.parse(JSON.parse(Buffer.from(value).toString()));
    return {
      organisationId: entry.organisation_id,
      eventName: entry.event_name,
      accountPath: parsePath(entry.account_property),
      numberRules: entry.numbers.map(({ property, filter, from_ms, to_ms, ...names }) => ({
        ...names,
        path: parsePath(property),
        passes: compileFilterNode(filter),
        fromMs: from_ms ?? -Infinity,
        toMs: to_ms ?? Infinity,
      })),
    };
  } catch {
    return undefined;
  }
}
