import { decimal, decimalText } from '@billingrails/money';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import type { TrialLimit } from '../domain/trial/trial-limit';

/** What is used in a trial at most, in a document: decimals as text. */
export type TrialLimitDoc =
  | { kind: 'usage'; meterProfile: MeterProfileDoc; quantity: string }
  | { kind: 'worth'; amount: string };

export function trialLimitToDoc(limit: TrialLimit): TrialLimitDoc {
  if (limit.kind === 'worth') return { kind: 'worth', amount: decimalText(limit.amount) };
  const { meterProfile, quantity } = limit;
  return { kind: 'usage', meterProfile: { ...meterProfile }, quantity: decimalText(quantity) };
}

export function trialLimitFromDoc(doc: TrialLimitDoc): TrialLimit {
  if (doc.kind === 'worth') return { kind: 'worth', amount: decimal(doc.amount) };
  const { meterProfile, quantity } = doc;
  const profile = meterProfileFromDoc(meterProfile);
  return { kind: 'usage', meterProfile: profile, quantity: decimal(quantity) };
}
