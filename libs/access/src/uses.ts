import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Bus } from '@billingrails/bus';
import { KeysUsedSchema } from '@billingrails/contracts/billingrails/bus/v1/keys_used_pb';
import { parseId } from '@billingrails/ids';
import type { KeyRing, KeyUse } from './key-ring';

const SUBJECT = 'access.keys_used';
/** How many uses a message tells, so that none is larger than the broker takes. */
const USES_PER_MESSAGE_MAX = 5_000;
const TELL_MS = 30_000;

/** Tells each half minute, and at the end, which keys were used. Nothing waits for it, and nothing is kept of it. */
export function tellUses(bus: Bus, ring: Pick<KeyRing, 'takeUses'>): { close(): void } {
  const tell = (): void => {
    const uses = ring.takeUses();
    for (let at = 0; at < uses.length; at += USES_PER_MESSAGE_MAX) {
      if (!bus.connected) return;
      bus.connection.publish(SUBJECT, encodeUses(uses.slice(at, at + USES_PER_MESSAGE_MAX)));
    }
  };
  const timer = setInterval(tell, TELL_MS);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      tell();
    },
  };
}

/** Calls `handler` with what replicas tell, each message at one of those who follow. What it throws is its own. */
export function followUses(
  bus: Bus,
  handler: (uses: readonly KeyUse[]) => void,
): { close(): void } {
  const subscription = bus.connection.subscribe(SUBJECT, {
    queue: 'access',
    callback: (error, message) => {
      if (error === null) handler(decodeUses(message.data));
    },
  });
  return { close: () => subscription.unsubscribe() };
}

function encodeUses(uses: readonly KeyUse[]): Uint8Array {
  const told = uses.map(({ keyId, lastUsedMs }) => ({
    ...{ keyId, lastUsedTime: timestampFromMs(lastUsedMs) },
  }));
  return toBinary(KeysUsedSchema, create(KeysUsedSchema, { uses: told }));
}

/** Nothing of what cannot be read. */
function decodeUses(data: Uint8Array): KeyUse[] {
  try {
    return fromBinary(KeysUsedSchema, data).uses.flatMap(({ keyId: text, lastUsedTime }) => {
      const keyId = parseId('key', text);
      return keyId && lastUsedTime ? [{ keyId, lastUsedMs: timestampMs(lastUsedTime) }] : [];
    });
  } catch {
    return [];
  }
}
