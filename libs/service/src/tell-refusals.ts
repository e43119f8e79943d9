import { auditRefused, type RefusedCall } from '@billingrails/audit';
import { publishOnce, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { RpcServerOptions } from '@billingrails/rpc';

const MINUTE_MS = 60_000;
/** Each key and method is one; more than that in a minute are not told. */
const TOLD_MAX = 1_000;

/**
 * Tells the audit log of calls that were refused because their keys lack a scope: once a key, method and minute, so
 * that who tries without end writes no log without end. Nobody waits for it, and what cannot be told is in this log.
 */
export function tellRefusals(
  bus: Bus,
  logger: Logger,
  nowMs: () => number,
): NonNullable<RpcServerOptions['onRefused']> {
  let minute = 0;
  const told = new Set<string>();
  return (caller, method): void => {
    const timeMs = nowMs();
    if (Math.floor(timeMs / MINUTE_MS) !== minute) told.clear();
    minute = Math.floor(timeMs / MINUTE_MS);
    const call: RefusedCall = { caller, method, timeMs };
    const name = `${caller.organisationId} ${caller.keyId} ${method.parent.typeName}/${method.name}`;
    if (told.has(name) || told.size >= TOLD_MAX) return;
    told.add(name);
    const { id: messageId, subject, data } = auditRefused(call);
    publishOnce(bus, { messageId, subject, data }).catch((error: unknown) =>
      logger.warn({ err: error, method: method.name }, 'a refusal was not told to the audit log'),
    );
  };
}
