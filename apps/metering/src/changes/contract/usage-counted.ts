import { create, toBinary } from '@bufbuild/protobuf';
import { UsageCountedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_counted_pb';
import { partsWithin } from '../../domain/parts-within';
import type { CountedUsage } from '../domain/counted-usage';

/** The subject that it travels on. */
export const USAGE_COUNTED_SUBJECT = 'usage.counted';

/** A message stays well below what the bus takes. */
const MESSAGE_LIMITS = { bytes: 500_000 };
const ACCOUNTS_MAX = 1_000;
/** An account's id has up to 128 characters, which are bytes. */
const ACCOUNT_LIMITS = { bytes: 200_000, count: ACCOUNTS_MAX };
const OVERHEAD_BYTES = 16;

/** The messages that tell whose events were counted: as few as hold them. */
export function countedMessages(counted: CountedUsage): Uint8Array[] {
  const all = [...counted.accounts()].flatMap(({ accountIds, ...of }) =>
    [...partsWithin([...accountIds], bytesOf, ACCOUNT_LIMITS)].map((part) => ({
      ...of,
      accountIds: [...part],
    })),
  );
  const bytesMax = ({ organisationId, eventName, accountIds }: (typeof all)[number]): number =>
    accountIds.reduce((sum, id) => sum + bytesOf(id), bytesOf(organisationId) + bytesOf(eventName));
  return [...partsWithin(all, bytesMax, MESSAGE_LIMITS)].map((part) =>
    toBinary(UsageCountedSchema, create(UsageCountedSchema, { counted: [...part] })),
  );
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text) + OVERHEAD_BYTES;
}
