import { decimal, decimalText } from '@billingrails/money';
import { periodFromDoc, periodToDoc, type PeriodDoc } from '@billingrails/mongo';
import {
  corrupt,
  readStep,
  writeStep,
  type CycleShare,
  type PlainStep,
} from '@billingrails/rating';
import { Long } from 'mongodb';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import type { Part } from '../domain/charge';

/** A part of a charge in a document. */
export interface PartDoc extends PeriodDoc {
  quantity: string;
  amount: string;
  steps: PlainStep[];
  /** The part of the cycle: start, of how much, end, of how much. */
  share?: [Long, Long, Long, Long];
  credited?: boolean;
  usage?: {
    meterProfile: MeterProfileDoc;
    eventCount: Long;
    profileVersion?: number;
    groupVersion?: number;
  };
}

export function partToDoc({ period, rated, share, credited, usage }: Part): PartDoc {
  return {
    ...periodToDoc(period),
    quantity: decimalText(rated.quantity),
    amount: decimalText(rated.amount),
    steps: rated.steps.map(writeStep),
    ...(share === undefined ? {} : { share: shareToDoc(share) }),
    ...(credited === undefined ? {} : { credited }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterProfile: { ...usage.meterProfile },
            eventCount: Long.fromBigInt(usage.eventCount),
            ...versionsOf(usage),
          },
        }),
  };
}

export function partFromDoc(doc: PartDoc): Part {
  const { quantity, amount, steps, share, credited, usage } = doc;
  return {
    period: periodFromDoc(doc),
    rated: {
      quantity: decimal(quantity),
      amount: decimal(amount),
      steps: steps.map((step, index) => readStep(step, `steps[${index}]`, corrupt)),
    },
    ...(share === undefined ? {} : { share: shareFromDoc(share) }),
    ...(credited === undefined ? {} : { credited }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterProfile: meterProfileFromDoc(usage.meterProfile),
            eventCount: bigintOf(usage.eventCount),
            ...versionsOf(usage),
          },
        }),
  };
}

function shareToDoc({ from, until }: CycleShare): NonNullable<PartDoc['share']> {
  const long = (value: bigint) => Long.fromBigInt(value);
  return [long(from.part), long(from.whole), long(until.part), long(until.whole)];
}

function shareFromDoc([start, startOf, end, endOf]: NonNullable<PartDoc['share']>): CycleShare {
  return {
    from: { part: bigintOf(start), whole: bigintOf(startOf) },
    until: { part: bigintOf(end), whole: bigintOf(endOf) },
  };
}

/** The driver gives a Long back as a number where it fits one exactly. */
function bigintOf(value: Long): bigint {
  return BigInt(value.toString());
}

type Versions = Pick<NonNullable<PartDoc['usage']>, 'profileVersion' | 'groupVersion'>;

function versionsOf({ profileVersion, groupVersion }: Versions): Versions {
  return {
    ...(profileVersion === undefined ? {} : { profileVersion }),
    ...(groupVersion === undefined ? {} : { groupVersion }),
  };
}
