import type { FeeId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import {
  corrupt,
  readStep,
  writeStep,
  type GroupValue,
  type PlainStep,
  type RatedCharge,
} from '@billingrails/rating';
import { Long } from 'mongodb';
import type { Charge } from '../domain/close-period';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';

/** A charge inside a closed period's document. */
export interface ChargeDoc {
  feeId: string;
  description: string;
  unit: string;
  quantity: string;
  amount: string;
  steps: PlainStep[];
  group?: GroupValue[] | 'other';
  usage?: {
    meterProfile: MeterProfileDoc;
    startMs: number;
    endMs: number;
    eventCount: Long;
    /** Unset in charges from before they were kept. */
    profileVersion?: number;
    groupVersion?: number;
  };
}

export function chargeToDoc(charge: Charge): ChargeDoc {
  const { feeId, description, unit, rated, group, usage } = charge;
  return {
    feeId,
    description,
    unit,
    quantity: decimalText(rated.quantity),
    amount: decimalText(rated.amount),
    steps: rated.steps.map(writeStep),
    ...(group === undefined ? {} : { group: group === 'other' ? group : [...group] }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterProfile: { ...usage.meterProfile },
            ...usage.period,
            eventCount: Long.fromBigInt(usage.eventCount),
            ...versionsOf(usage),
          },
        }),
  };
}

export function chargeFromDoc(doc: ChargeDoc): Charge {
  const { feeId, description, unit, group, usage, ...rated } = doc;
  return {
    feeId: feeId as FeeId,
    description,
    unit,
    rated: ratedFromDoc(rated),
    ...(group === undefined ? {} : { group }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterProfile: meterProfileFromDoc(usage.meterProfile),
            period: { startMs: usage.startMs, endMs: usage.endMs },
            // The driver gives a Long back as a number where it fits one exactly.
            eventCount: BigInt(usage.eventCount.toString()),
            ...versionsOf(usage),
          },
        }),
  };
}

function ratedFromDoc({
  quantity,
  amount,
  steps,
}: Pick<ChargeDoc, 'quantity' | 'amount' | 'steps'>): RatedCharge {
  return {
    quantity: decimal(quantity),
    amount: decimal(amount),
    steps: steps.map((step, index) => readStep(step, `steps[${index}]`, corrupt)),
  };
}

function versionsOf({ profileVersion, groupVersion }: Versions): Versions {
  return {
    ...(profileVersion === undefined ? {} : { profileVersion }),
    ...(groupVersion === undefined ? {} : { groupVersion }),
  };
}

type Versions = Pick<NonNullable<ChargeDoc['usage']>, 'profileVersion' | 'groupVersion'>;
