import { auditRequests } from './requests/audit';
import { billRequests } from './requests/bills';
import { creditRequests } from './requests/credits';
import { invoiceRequests } from './requests/invoices';
import { organisationRequests } from './requests/organisations';
import { planRequests } from './requests/plans';
import { taxRequests } from './requests/taxes';
import { usageRequests } from './requests/usage';
import { webhookRequests } from './requests/webhooks';
import type { Requests } from './story';

/** A request for every RPC, in the order of the story. The isolation test fails when an RPC has no entry here. */
export const isolationRequests: Requests = {
  ...organisationRequests,
  ...webhookRequests,
  ...usageRequests,
  ...planRequests,
  ...creditRequests,
  ...billRequests,
  ...taxRequests,
  ...invoiceRequests,
  ...auditRequests,
};
