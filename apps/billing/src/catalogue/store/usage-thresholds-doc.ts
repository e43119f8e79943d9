import { decimal, decimalText } from '@billingrails/money';
import type { UsageThresholds } from '../domain/usage-thresholds';

/** Thresholds inside a document: decimals as text. */
export interface UsageThresholdsDoc {
  amounts: string[];
  furtherStep?: string;
}

export function usageThresholdsToDoc({
  amounts,
  furtherStep,
}: UsageThresholds): UsageThresholdsDoc {
  return {
    amounts: amounts.map(decimalText),
    ...(furtherStep === undefined ? {} : { furtherStep: decimalText(furtherStep) }),
  };
}

export function usageThresholdsFromDoc({
  amounts,
  furtherStep,
}: UsageThresholdsDoc): UsageThresholds {
  return {
    amounts: amounts.map((amount) => decimal(amount)),
    ...(furtherStep === undefined ? {} : { furtherStep: decimal(furtherStep) }),
  };
}
