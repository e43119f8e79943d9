import { create, toBinary } from '@bufbuild/protobuf';
import {
  UsageChangedSchema,
  type UsageChanged,
} from '@billingrails/contracts/billingrails/bus/v1/usage_changed_pb';
import type { OrganisationId } from '@billingrails/ids';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import { gatheredBy } from '../../domain/gathered-by';
import { partsWithin } from '../../domain/parts-within';
import type { ChangedAccount, ChangedMeter } from '../domain/changed-usage';

/** The subject that changes of usage travel on. */
export const USAGE_CHANGED_SUBJECT = 'metering.usage_changed';

/** A message stays well below what the bus takes: a span has about 30 bytes, an account's id up to 128. */
const MESSAGE_LIMITS = { bytes: 500_000, count: 1_000 };

/** The messages that tell of the accounts, of each organisation as few as hold them. */
export function accountMessages(accounts: readonly ChangedAccount[]): Uint8Array[] {
  const byOrganisation = gatheredBy(accounts, ({ organisationId }) => organisationId);
  return [...byOrganisation].flatMap(([organisationId, own]) =>
    [...partsWithin(own, bytesMax, MESSAGE_LIMITS)].map((part) => toBytes(organisationId, part)),
  );
}

/** The message that tells of every account. */
export function meterMessage({ organisationId, meterId, span }: ChangedMeter): Uint8Array {
  const message = { organisationId, meterId, spans: [toProto(span)] };
  return toBinary(UsageChangedSchema, create(UsageChangedSchema, message));
}

function toBytes(organisationId: OrganisationId, part: readonly ChangedAccount[]): Uint8Array {
  const accounts = part.map(({ accountId, spans }) => ({ accountId, spans: spans.map(toProto) }));
  const message: UsageChanged = create(UsageChangedSchema, { organisationId, accounts });
  return toBinary(UsageChangedSchema, message);
}

function toProto({ startMs, endMs }: Period) {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}

function bytesMax({ spans }: ChangedAccount): number {
  return 200 + 40 * spans.length;
}
