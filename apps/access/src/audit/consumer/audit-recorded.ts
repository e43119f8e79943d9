import { AUDIT, consumeDurableTogether, type Bus, type Consumption } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import { actionFromMessage } from '../contract/audit-record';
import type { RecordedAction } from '../domain/audit-record';
import type { AuditStores } from '../store/stores';
import { appendRecords } from '../use-cases/append-records';

/** What keeping the log needs. */
export interface AuditParts {
  readonly stores: AuditStores;
  readonly logger: Logger;
  /** Called with how many were appended, or were there already. */
  readonly onAppended?: (count: number) => void;
}

/** How many are appended in one transaction. */
const TOGETHER = 200;

/**
 * Appends every message of stream AUDIT to its organisation's chain. One that cannot be read comes again, loudly: it
 * is a fault of who wrote it, and dropping it would be a record less.
 */
export function consumeAuditRecorded(bus: Bus, parts: AuditParts): Promise<Consumption> {
  const { stores, logger, onAppended } = parts;
  return consumeDurableTogether(bus, {
    stream: AUDIT.name,
    durable: 'audit',
    subject: 'audit.>',
    together: TOGETHER,
    logger,
    async handler(messages) {
      const read = messages.map(({ data }) => readable(data));
      const actions = read.flatMap((each) => ('error' in each ? [] : [each]));
      await appendRecords(stores, actions);
      onAppended?.(actions.length);
      return read.map((each) => ('error' in each ? each : undefined));
    },
  });
}

function readable(data: Uint8Array): RecordedAction | { readonly error: unknown } {
  try {
    return actionFromMessage(data);
  } catch (error) {
    return { error };
  }
}
