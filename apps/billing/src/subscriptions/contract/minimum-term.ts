import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  EarlyTermination as EarlyTerminationMessage,
  type MinimumTerm as MinimumTermMessage,
  type MinimumTermSchema,
  type RunningTermSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { DomainError, Violation } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type {
  EarlyTermination,
  MinimumTerm,
  TermLength,
} from '../domain/minimum-term/minimum-term';
import type { RunningTerm } from '../domain/minimum-term/running-term';

type TermInit = MessageInitShape<typeof MinimumTermSchema>;

const EARLY: Record<EarlyTermination['kind'], EarlyTerminationMessage> = {
  not_before_end: EarlyTerminationMessage.NOT_BEFORE_END,
  free: EarlyTerminationMessage.FREE,
  remaining_fees: EarlyTerminationMessage.REMAINING_FEES,
  amount: EarlyTerminationMessage.AMOUNT,
};

/**
 * What is agreed by the field at `path`; what is left out is filled in. Throws what `refused` makes of all that is
 * wrong with it.
 */
export function minimumTermFromProto(
  message: MinimumTermMessage,
  path: string,
  refused: (violations: Violation[]) => DomainError,
): MinimumTerm {
  const violations: Violation[] = [];
  const first = firstOf(message, path);
  if (first === undefined)
    violations.push({ field: path, description: 'must say cycles, months or an end_time' });
  const renewal = renewalOf(message, first);
  if (renewal === undefined && !(message.renewal.case === 'ends'))
    violations.push({
      field: path,
      description:
        'must say renewal_cycles, renewal_months or ends, as an end_time cannot be repeated',
    });
  const early = earlyOf(message);
  if (early === undefined)
    violations.push({
      field: `${path}.early_termination_amount`,
      description: 'is required for AMOUNT, and must be left out otherwise',
    });
  if (first === undefined || early === undefined || violations.length > 0)
    throw refused(violations);
  const { noticeDays } = message;
  return { first, ...(renewal === undefined ? {} : { renewal }), noticeDays, early };
}

function firstOf({ length }: MinimumTermMessage, path: string): MinimumTerm['first'] | undefined {
  switch (length.case) {
    case undefined:
      return undefined;
    case 'endTime':
      return { unit: 'until', ms: fromTimestamp(length.value, `${path}.end_time`) };
    case 'cycles':
    case 'months':
      return { unit: length.case, count: length.value };
  }
}

/** Undefined where it ends, or where the first length cannot be repeated. */
function renewalOf(
  { renewal }: MinimumTermMessage,
  first: MinimumTerm['first'] | undefined,
): TermLength | undefined {
  switch (renewal.case) {
    case 'ends':
      return undefined;
    case 'renewalCycles':
      return { unit: 'cycles', count: renewal.value };
    case 'renewalMonths':
      return { unit: 'months', count: renewal.value };
    case undefined:
      return first === undefined || first.unit === 'until' ? undefined : first;
  }
}

function earlyOf(message: MinimumTermMessage): EarlyTermination | undefined {
  const { earlyTermination, earlyTerminationAmount: amount } = message;
  if (earlyTermination === EarlyTerminationMessage.AMOUNT)
    return amount === '' ? undefined : { kind: 'amount', amount: plainDecimal(amount) };
  if (amount !== '') return undefined;
  switch (earlyTermination) {
    case EarlyTerminationMessage.UNSPECIFIED:
    case EarlyTerminationMessage.NOT_BEFORE_END:
      return { kind: 'not_before_end' };
    case EarlyTerminationMessage.FREE:
      return { kind: 'free' };
    case EarlyTerminationMessage.REMAINING_FEES:
      return { kind: 'remaining_fees' };
  }
}

export function minimumTermToProto({ first, renewal, noticeDays, early }: MinimumTerm): TermInit {
  return {
    length:
      first.unit === 'until'
        ? { case: 'endTime', value: toTimestamp(first.ms) }
        : { case: first.unit, value: first.count },
    renewal: renewalToProto(renewal),
    noticeDays,
    earlyTermination: EARLY[early.kind],
    earlyTerminationAmount: early.kind === 'amount' ? decimalText(early.amount) : '',
  };
}

function renewalToProto(renewal: TermLength | undefined) {
  if (renewal === undefined) return { case: 'ends', value: true } as const;
  const { unit, count: value } = renewal;
  return unit === 'cycles'
    ? ({ case: 'renewalCycles', value } as const)
    : ({ case: 'renewalMonths', value } as const);
}

/** The term as it stands for a subscription that ends then; it does not renew where that is by the term's end. */
export function runningTermToProto(
  { startMs, endMs, noticeMs, agreed }: RunningTerm,
  subscriptionEndMs: number,
): MessageInitShape<typeof RunningTermSchema> {
  const renews = noticeMs !== undefined && subscriptionEndMs > endMs;
  return {
    ...{ startTime: toTimestamp(startMs), endTime: toTimestamp(endMs), renews },
    ...(renews ? { noticeTime: toTimestamp(noticeMs) } : {}),
    agreed: minimumTermToProto(agreed),
  };
}
