import type { ReasonText } from '../reason';

/** Reasons of billing about bills and the usage behind them. */
export const billReasons = {
  USAGE_CHARGED_TWICE: {
    kind: 'precondition',
    meaning: 'Another subscription of the account prices the same usage at the same time.',
    cure: 'Cancel that, price a profile with other usage, or set `allow_shared_usage`.',
  },
  BILL_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no bill of that id.',
    cure: 'Take the id from `ListBills`; a bill appears when it is made.',
  },
  USAGE_PARTIAL: {
    kind: 'unavailable',
    meaning: 'Earlier events are still being counted for a profile made after them.',
    cure: 'Try again after the delay; `GetMeter` shows the progress.',
  },
  METERING_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Usage cannot be read from metering just now.',
    cure: 'Try again after the delay; look whether metering is healthy and `METERING_URL` right.',
  },
} as const satisfies Record<string, ReasonText>;
