import {
  TaxService,
  type SetFeeTaxRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { assert, invalid, notFound, precondition, type Violation } from '@billingrails/errors';
import { isAccountId, parseId, type AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import {
  detailsFromProto,
  detailsToProto,
  feeTaxFromProto,
  feeTaxToProto,
  taxRateFromProto,
  taxRateToProto,
  taxSettingsFromProto,
  taxSettingsToProto,
} from '../contract/tax';
import { NO_TAX_DETAILS } from '../domain/account-tax-details';
import { taxIdViolations } from '../domain/tax-id';
import type { TaxRate } from '../domain/tax-rate';
import type { TaxedId } from '../store/fee-taxes';

const PERCENT_MAX = decimal(1_000n);

/** Rates of one organisation. */
const RATES_MAX = 20_000;

/** Keeps what decides about the taxes of the caller's organisation. */
export function taxService({
  stores,
  ids,
  taxCalculator,
}: ServiceParts): ServiceImpl<typeof TaxService> {
  const { mongo, taxSettings, taxRates, accountTaxDetails, feeTaxes } = stores;
  return {
    async getTaxSettings(_request, context) {
      return {
        settings: taxSettingsToProto(await taxSettings.find(principalOf(context).organisationId)),
      };
    },

    updateTaxSettings: (request, context) =>
      mutate(mongo, {
        method: TaxService.method.updateTaxSettings,
        request,
        caller: principalOf(context),
        prepare() {
          assert(request.settings !== undefined, 'the contract requires settings');
          const settings = taxSettingsFromProto(request.settings);
          refuse(taxIdViolations(settings.seller?.taxIds ?? [], 'settings.seller.tax_ids'));
          if (settings.calculation === 'service' && taxCalculator === undefined)
            throw precondition('NO_TAX_CALCULATOR', 'No service that calculates taxes is set.');
          return settings;
        },
        async run(session, organisationId, settings) {
          await taxSettings.replace(organisationId, settings, session);
          return { settings: taxSettingsToProto(settings) };
        },
      }),

    createTaxRate: (request, context) =>
      mutate(mongo, {
        method: TaxService.method.createTaxRate,
        request,
        caller: principalOf(context),
        prepare() {
          assert(request.rate !== undefined, 'the contract requires a rate');
          const rate = taxRateFromProto(request.rate, 'rate');
          refuse(rateViolations(rate));
          return rate;
        },
        async run(session, organisationId, draft) {
          if ((await taxRates.count(organisationId, RATES_MAX, session)) >= RATES_MAX)
            throw precondition('TOO_MANY_TAX_RATES', `At most ${RATES_MAX} rates are kept.`);
          const rate: TaxRate = { id: ids.next('txr'), ...draft };
          await taxRates.insert(organisationId, rate, session);
          return { rate: taxRateToProto(rate) };
        },
      }),

    endTaxRate: (request, context) =>
      mutate(mongo, {
        method: TaxService.method.endTaxRate,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          assert(request.endTime !== undefined, 'the contract requires an end');
          const endMs = fromTimestamp(request.endTime, 'end_time');
          const id = parseId('txr', request.taxRateId);
          const rate =
            id === undefined ? undefined : await taxRates.find(organisationId, id, session);
          if (rate === undefined)
            throw notFound('TAX_RATE_NOT_FOUND', 'There is no tax rate of that id.');
          await taxRates.end(organisationId, rate.id, endMs, session);
          return { rate: taxRateToProto({ ...rate, endMs }) };
        },
      }),

    async listTaxRates(request, context) {
      const { items, nextPageToken } = await pageById(request, (slice) =>
        taxRates.list(principalOf(context).organisationId, slice, request.countryCode || undefined),
      );
      return { rates: items.map(taxRateToProto), nextPageToken };
    },

    setAccountTaxDetails: (request, context) =>
      mutate(mongo, {
        method: TaxService.method.setAccountTaxDetails,
        request,
        caller: principalOf(context),
        prepare() {
          assert(request.details !== undefined, 'the contract requires details');
          const details = detailsFromProto(request.details);
          refuse(taxIdViolations(details.taxIds, 'details.tax_ids'));
          return details;
        },
        async run(session, organisationId, details) {
          const { accountId } = request;
          assert(isAccountId(accountId), 'the contract requires an account');
          await accountTaxDetails.replace(organisationId, accountId, details, session);
          return { details: detailsToProto(details) };
        },
      }),

    async getAccountTaxDetails(request, context) {
      const accountId = request.accountId as AccountId;
      const found = await accountTaxDetails.findMany(principalOf(context).organisationId, [
        accountId,
      ]);
      return { details: detailsToProto(found.get(accountId) ?? NO_TAX_DETAILS) };
    },

    setFeeTax: (request, context) =>
      mutate(mongo, {
        method: TaxService.method.setFeeTax,
        request,
        caller: principalOf(context),
        prepare() {
          assert(request.tax !== undefined, 'the contract requires a tax');
          return { id: taxedIdOf(request), tax: feeTaxFromProto(request.tax) };
        },
        async run(session, organisationId, { id, tax }) {
          await feeTaxes.replace(organisationId, id, tax, session);
          return { tax: feeTaxToProto(tax) };
        },
      }),

    async listFeeTaxes(request, context) {
      const { items, nextPageToken } = await pageById(request, (slice) =>
        feeTaxes.list(principalOf(context).organisationId, slice),
      );
      const entries = items.map(({ id, tax }) => ({
        ...(parseId('prod', id) === undefined ? { feeId: id } : { productId: id }),
        tax: feeTaxToProto(tax),
      }));
      return { feeTaxes: entries, nextPageToken };
    },
  };
}

/** The fee or the product of which something is said. */
function taxedIdOf({ feeId, productId }: SetFeeTaxRequest): TaxedId {
  const fee = parseId('fee', feeId);
  const product = parseId('prod', productId);
  if (productId === '' && fee !== undefined) return fee;
  if (feeId === '' && product !== undefined) return product;
  const [field, description] =
    productId === ''
      ? ['fee_id', 'must be "fee_…", the id of a fee']
      : feeId === ''
        ? ['product_id', 'must be "prod_…", the id of a product']
        : ['product_id', 'must be left out with fee_id'];
  throw refusal([{ field, description }]);
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw refusal(violations);
}

function refusal(violations: readonly Violation[]) {
  return invalid('TAX_INVALID', 'What decides about taxes cannot be kept so.', [...violations]);
}

function rateViolations({ percent, startMs, endMs }: Omit<TaxRate, 'id'>): Violation[] {
  const violations: Violation[] = [];
  if (percent.gt(PERCENT_MAX))
    violations.push({ field: 'rate.percent', description: 'must be at most 1000' });
  if (endMs !== undefined && startMs !== undefined && endMs <= startMs)
    violations.push({ field: 'rate.end_time', description: 'must be after start_time' });
  return violations;
}
