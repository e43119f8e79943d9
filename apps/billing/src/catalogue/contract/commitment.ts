import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CommitmentCounting as CountingMessage,
  type Commitment as CommitmentMessage,
  type CurrencyCommitment as CurrencyCommitmentMessage,
  type CommitmentSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { plainDecimal, decimalText } from '@billingrails/money';
import type { Commitment, CommitmentCounting, CurrencyCommitment } from '../domain/commitment';

/** The line's description where nobody gave another. */
const NAME = 'Minimum commitment';

type CommitmentInit = MessageInitShape<typeof CommitmentSchema>;

/** A commitment that passed the contract's own rules, as the field that holds it; unset: none. */
export function commitmentFromProto(message: CommitmentMessage | undefined): {
  readonly commitment?: Commitment;
} {
  if (message === undefined) return {};
  const { name, amount, cycles, overageFactor } = message;
  return {
    commitment: {
      name: name || NAME,
      amount: plainDecimal(amount),
      cycles: cycles || 1,
      overageFactor: plainDecimal(overageFactor || '1'),
    },
  };
}

/** The field that holds it; unset: none. */
export function commitmentToProto(commitment: Commitment | undefined): {
  commitment?: CommitmentInit;
} {
  if (commitment === undefined) return {};
  const { name, amount, cycles, overageFactor } = commitment;
  return {
    commitment: {
      ...{ name, cycles },
      amount: decimalText(amount),
      overageFactor: decimalText(overageFactor),
    },
  };
}

/** Commitments in other currencies that passed the contract's own rules, as the field that holds them; none: unset. */
export function otherCommitmentsFromProto(messages: readonly CurrencyCommitmentMessage[]): {
  readonly otherCommitments?: readonly CurrencyCommitment[];
} {
  if (messages.length === 0) return {};
  return {
    otherCommitments: messages.flatMap(({ currencyCode, commitment: message }) => {
      const { commitment } = commitmentFromProto(message);
      return commitment === undefined ? [] : [{ currencyCode, commitment }];
    }),
  };
}

/** The field that holds them. */
export function otherCommitmentsToProto(commitments: readonly CurrencyCommitment[] = []) {
  return commitments.map(({ currencyCode, commitment }) => {
    return { currencyCode, ...commitmentToProto(commitment) };
  });
}

const COUNTINGS: Record<CommitmentCounting, CountingMessage> = {
  counted: CountingMessage.COUNTED,
  left_out: CountingMessage.LEFT_OUT,
};

/** The field that says it; left out: as it is by default. */
export function countingFromProto(message: CountingMessage): {
  readonly counting?: CommitmentCounting;
} {
  if (message === CountingMessage.COUNTED) return { counting: 'counted' };
  return message === CountingMessage.LEFT_OUT ? { counting: 'left_out' } : {};
}

export function countingToProto(counting: CommitmentCounting | undefined): CountingMessage {
  return counting === undefined ? CountingMessage.UNSPECIFIED : COUNTINGS[counting];
}
