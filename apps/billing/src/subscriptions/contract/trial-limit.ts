import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  TrialLimit as TrialLimitMessage,
  TrialLimitSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { assert, invalid } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import type { TrialLimit, TrialLimitDraft } from '../domain/trial/trial-limit';

/** The field that holds what is used in a trial at most; unset: as much as there is. */
export function trialLimitFromProto(message: TrialLimitMessage | undefined): {
  readonly limit?: TrialLimitDraft;
} {
  if (message === undefined) return {};
  const { limit } = message;
  switch (limit.case) {
    case 'usage': {
      const { meterProfile, quantity } = limit.value;
      assert(meterProfile !== undefined, 'the contract requires a meter profile');
      const { meterId, profile } = meterProfile;
      const used = { meterProfile: { meterId, profile }, quantity: plainDecimal(quantity) };
      return { limit: { kind: 'usage', ...used } };
    }
    case 'amount':
      return { limit: { kind: 'worth', amount: plainDecimal(limit.value) } };
    case undefined: {
      const violation = { field: 'trial.limit', description: 'must say usage or an amount' };
      throw invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', [violation]);
    }
  }
}

/** The field that holds it; unset: as much as there is. */
export function trialLimitToProto(limit: TrialLimit | undefined): {
  limit?: MessageInitShape<typeof TrialLimitSchema>;
} {
  if (limit === undefined) return {};
  if (limit.kind === 'worth')
    return { limit: { limit: { case: 'amount', value: decimalText(limit.amount) } } };
  const { meterProfile, quantity } = limit;
  const value = { meterProfile: { ...meterProfile }, quantity: decimalText(quantity) };
  return { limit: { limit: { case: 'usage', value } } };
}
