import { accessReasons } from './access';
import { billingReasons } from './billing';
import { ingestReasons } from './ingest';
import { invoicingReasons } from './invoicing';
import { meteringReasons } from './metering';
import { platformReasons } from './platform';
import type { ReasonKind } from './reason';
import { webhookReasons } from './webhooks';

/** Every reason there is, by who has it, in the order of docs/errors.md. */
export const reasonsByOwner = {
  'Every service': platformReasons,
  Ingest: ingestReasons,
  Metering: meteringReasons,
  Billing: billingReasons,
  Invoicing: invoicingReasons,
  Webhooks: webhookReasons,
  Access: accessReasons,
} as const;

type Reasons = typeof platformReasons &
  typeof ingestReasons &
  typeof meteringReasons &
  typeof billingReasons &
  typeof invoicingReasons &
  typeof webhookReasons &
  typeof accessReasons;

/**
 * The names of errors for programs. A new one is entered in the file of its service beside this, with what it means and
 * what to do: no error can be made without. `npm run docs` brings it into docs/errors.md.
 */
export type Reason = keyof Reasons;

/** The reasons of one kind. */
export type ReasonOf<Kind extends ReasonKind> = {
  [R in Reason]: Reasons[R]['kind'] extends Kind ? R : never;
}[Reason];

const PAGE = 'https://github.com/billingrails/billingrails/blob/main/docs/errors.md';

/** The place in docs/errors.md that explains a reason. */
export function helpUrl(reason: string): string {
  return `${PAGE}#${reason}`;
}
