import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  UsageThresholds as UsageThresholdsMessage,
  UsageThresholdsSchema,
} from '@billingrails/contracts/billingrails/billing/v1/usage_thresholds_pb';
import { plainDecimal, decimalText } from '@billingrails/money';
import type { UsageThresholds } from '../domain/usage-thresholds';

/** Thresholds that passed the contract's own rules, as the field that holds them; unset: nobody says anything. */
export function usageThresholdsFromProto(message: UsageThresholdsMessage | undefined): {
  readonly usageThresholds?: UsageThresholds;
} {
  if (message === undefined) return {};
  const { amounts, furtherStep } = message;
  return {
    usageThresholds: {
      amounts: amounts.map(plainDecimal),
      ...(furtherStep === '' ? {} : { furtherStep: plainDecimal(furtherStep) }),
    },
  };
}

/** The field that holds them; unset: nobody says anything. */
export function usageThresholdsToProto(thresholds: UsageThresholds | undefined): {
  usageThresholds?: MessageInitShape<typeof UsageThresholdsSchema>;
} {
  if (thresholds === undefined) return {};
  const { amounts, furtherStep } = thresholds;
  return {
    usageThresholds: {
      amounts: amounts.map(decimalText),
      furtherStep: furtherStep === undefined ? '' : decimalText(furtherStep),
    },
  };
}
