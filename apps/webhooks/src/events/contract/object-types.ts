import { createRegistry } from '@bufbuild/protobuf';
import { AccountSchema } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { AlertEventSchema } from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { BillSchema } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { CreditGrantSchema } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { EntitlementSchema } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import { PlanSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { TopUpSchema } from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import {
  CollectionSchema,
  PaymentAttemptSchema,
  RefundSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { CreditNoteSchema } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { PaymentSchema } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import { WebhookEndpointSchema } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';

/** The messages that come with events. */
export const OBJECT_TYPES = createRegistry(
  AccountSchema,
  AlertEventSchema,
  BillSchema,
  CreditGrantSchema,
  EntitlementSchema,
  PlanSchema,
  SubscriptionSchema,
  TopUpSchema,
  CreditNoteSchema,
  InvoiceSchema,
  PaymentSchema,
  PaymentAttemptSchema,
  CollectionSchema,
  RefundSchema,
  WebhookEndpointSchema,
);
