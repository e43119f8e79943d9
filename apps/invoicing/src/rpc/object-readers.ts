import type { AccountId } from '@billingrails/ids';
import { parseId } from '@billingrails/ids';
import {
  CollectionSchema,
  PaymentCustomerSchema,
  StripeConnectionSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import type {
  CollectInvoiceRequest,
  LinkPaymentCustomerRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import {
  CouponRedemptionSchema,
  CouponSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/coupon_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { InvoicingSettingsSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import type { UpdateInvoicingSettingsRequest } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { PaymentSchema } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import {
  AccountTaxDetailsSchema,
  FeeTaxSchema,
  TaxRateSchema,
  TaxSettingsSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import type {
  SetAccountTaxDetailsRequest,
  SetFeeTaxRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { objectReader, type ObjectReader } from '@billingrails/mongo';
import {
  collectionToProto,
  connectionToProto,
  customerToProto,
} from '../collecting/contract/collection';
import { existingConnection } from '../collecting/use-cases/connect-stripe';
import { couponToProto, redemptionToProto } from '../coupons/contract/coupon';
import { shownInvoices } from '../invoices/rpc/shown';
import { existing } from '../invoices/use-cases/existing';
import { paymentToProto } from '../payments/contract/payment';
import { existingPayment } from '../payments/use-cases/record-payment';
import { settingsToProto } from '../settings/contract/invoicing-settings';
import type { Stores } from '../store/stores';
import {
  detailsToProto,
  feeTaxToProto,
  taxRateToProto,
  taxSettingsToProto,
} from '../taxes/contract/tax';
import type { TaxedId } from '../taxes/store/fee-taxes';

/** How the audit log sees what a request is about to change. */
export function objectReaders(stores: Stores): readonly ObjectReader[] {
  const { coupons, couponRedemptions, collections, paymentCustomers, settings } = stores;
  const { taxSettings, taxRates, accountTaxDetails, feeTaxes } = stores;
  return [
    objectReader(InvoiceSchema, async ({ organisationId, id }, session) => {
      const invoice = await existing(stores.invoices, organisationId, id, session);
      const [shown] = await shownInvoices(stores, organisationId, [invoice], { session });
      return shown;
    }),
    objectReader(PaymentSchema, async ({ organisationId, id }, session) =>
      paymentToProto(await existingPayment(stores, organisationId, id, session)),
    ),
    objectReader(CollectionSchema, async ({ organisationId, request }, session) => {
      const id = parseId('inv', (request as CollectInvoiceRequest).invoiceId);
      const found = id && (await collections.find(organisationId, id, session));
      return found && collectionToProto(found);
    }),
    objectReader(StripeConnectionSchema, async ({ organisationId }, session) =>
      connectionToProto(await existingConnection(stores, organisationId, session)),
    ),
    objectReader(PaymentCustomerSchema, async ({ organisationId, request }, session) => {
      const accountId = (request as LinkPaymentCustomerRequest).accountId as AccountId;
      const found = await paymentCustomers.find(organisationId, accountId, session);
      return found && customerToProto(found);
    }),
    objectReader(CouponSchema, async ({ organisationId, id: text }, session) => {
      const id = parseId('cpn', text);
      const found = id && (await coupons.find(organisationId, id, session));
      return found && couponToProto(found);
    }),
    objectReader(CouponRedemptionSchema, async ({ organisationId, id: text }, session) => {
      const id = parseId('cpr', text);
      const found = id && (await couponRedemptions.find(organisationId, id, session));
      return found && redemptionToProto(found);
    }),
    objectReader(InvoicingSettingsSchema, async ({ organisationId, request }, session) => {
      const { accountId } = request as UpdateInvoicingSettingsRequest;
      const own = await settings.findOwn({ organisationId, accountId }, session);
      return own && settingsToProto(own);
    }),
    objectReader(TaxSettingsSchema, async ({ organisationId }, session) =>
      taxSettingsToProto(await taxSettings.find(organisationId, session)),
    ),
    objectReader(TaxRateSchema, async ({ organisationId, id: text }, session) => {
      const id = parseId('txr', text);
      const found = id && (await taxRates.find(organisationId, id, session));
      return found && taxRateToProto(found);
    }),
    objectReader(AccountTaxDetailsSchema, async ({ organisationId, request }, session) => {
      const accountId = (request as SetAccountTaxDetailsRequest).accountId as AccountId;
      const found = await accountTaxDetails.findMany(organisationId, [accountId], session);
      const details = found.get(accountId);
      return details && detailsToProto(details);
    }),
    objectReader(FeeTaxSchema, async ({ organisationId, request }, session) => {
      const { feeId, productId } = request as SetFeeTaxRequest;
      const id = (feeId || productId) as TaxedId;
      const tax = (await feeTaxes.findMany(organisationId, [id], session)).get(id);
      return tax && feeTaxToProto(tax);
    }),
  ];
}
