import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { assert, invalid } from '@billingrails/errors';
import { isAccountId, type OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { logoMethods } from '../../branding/rpc/logo-methods';
import type { ServiceParts } from '../../service-parts';
import { settingsFromProto, settingsToProto } from '../contract/invoicing-settings';
import { effectiveFor, type InvoicingSettingsStore } from '../store/invoicing-settings';

/** Keeps how invoices are made. */
export function invoicingSettingsService(
  parts: ServiceParts,
): ServiceImpl<typeof InvoicingSettingsService> {
  const { mongo, settings, logos } = parts.stores;
  return {
    ...logoMethods(parts),

    async getInvoicingSettings({ accountId }, context) {
      return shown(settings, ownerOf(principalOf(context).organisationId, accountId));
    },

    updateInvoicingSettings: (request, context) =>
      mutate(mongo, {
        method: InvoicingSettingsService.method.updateInvoicingSettings,
        request,
        caller: principalOf(context),
        prepare(organisationId) {
          assert(request.settings !== undefined, 'the contract requires settings');
          const owner = ownerOf(organisationId, request.accountId);
          return { owner, own: settingsFromProto(request.settings) };
        },
        async run(session, organisationId, { owner, own }) {
          const logoId = own.branding?.logoId;
          if (logoId !== undefined && !(await logos.find(organisationId, logoId, session)))
            throw noLogo(logoId);
          await settings.replace(owner, own, session);
          const { series, creditNoteSeries } = await effectiveFor(settings, owner, session);
          if (series === creditNoteSeries) throw oneSeries(series);
          return shown(settings, owner, session);
        },
      }),
  };
}

async function shown(
  settings: InvoicingSettingsStore,
  owner: ReturnType<typeof ownerOf>,
  session?: ClientSession,
) {
  const own = await settings.findOwn(owner, session);
  const effective = await effectiveFor(settings, owner, session);
  return { settings: settingsToProto(own ?? {}), effective: settingsToProto(effective) };
}

/** Accounts are billing's: what is set of one that is none yet holds when it is. */
function ownerOf(organisationId: OrganisationId, accountId: string) {
  if (accountId !== '' && !isAccountId(accountId))
    throw invalid('INVOICING_SETTINGS_INVALID', 'There can be no account of that id.', [
      { field: 'account_id', description: 'must be the id of an account' },
    ]);
  return { organisationId, accountId };
}

function noLogo(logoId: string): Error {
  return invalid('INVOICING_SETTINGS_INVALID', 'The settings cannot be kept.', [
    {
      field: 'settings.branding.logo_id',
      description: `there is no logo "${logoId}": keep one with CreateLogo`,
    },
  ]);
}

function oneSeries(series: string): Error {
  return invalid('INVOICING_SETTINGS_INVALID', 'The settings cannot be kept.', [
    {
      field: 'settings.credit_note_series',
      description: `must be another series than that of invoices, "${series}"`,
    },
  ]);
}
