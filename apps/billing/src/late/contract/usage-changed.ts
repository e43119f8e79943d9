import { fromBinary } from '@bufbuild/protobuf';
import type { Period } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { UsageChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_changed_pb';
import { assert } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { timestampMs } from '@bufbuild/protobuf/wkt';

/** The subject that metering tells changes on. */
export const USAGE_CHANGED_SUBJECT = 'metering.usage_changed';

/** From when on usage has changed. What comes after an instant may rest on what was before it. */
export interface UsageChange {
  readonly organisationId: OrganisationId;
  /** By account, from when on; undefined: of every account, from `fromMs` on. */
  readonly accounts?: ReadonlyMap<AccountId, number>;
  readonly fromMs: number;
}

/** Reads a message of metering. */
export function usageChangeFromBytes(data: Uint8Array): UsageChange {
  const { organisationId, accounts, spans } = fromBinary(UsageChangedSchema, data);
  const byAccount = accounts.map((each): [AccountId, number] => [
    each.accountId as AccountId,
    firstOf(each.spans),
  ]);
  return {
    organisationId: organisationId as OrganisationId,
    ...(accounts.length === 0
      ? { fromMs: firstOf(spans) }
      : {
          accounts: new Map(byAccount),
          fromMs: Math.min(...byAccount.map(([, fromMs]) => fromMs)),
        }),
  };
}

function firstOf([first]: readonly Period[]): number {
  assert(first?.startTime !== undefined, 'a change names where');
  return timestampMs(first.startTime);
}
