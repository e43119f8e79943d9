import { BillingSettingsService } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_service_pb';
import { assert } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { SubscriptionParts } from '../../service-parts';
import {
  billingSettingsFromProto,
  billingSettingsToProto,
  settingsOwnerFromProto,
} from '../contract/billing-settings';
import {
  replaceSettings,
  settingsOf,
  wakeOwned,
  type ShownSettings,
} from '../use-cases/settings-of';

/** Keeps how bills are made. */
export function billingSettingsService(
  parts: SubscriptionParts,
): ServiceImpl<typeof BillingSettingsService> {
  return {
    async getBillingSettings(request, context) {
      const { organisationId } = principalOf(context);
      return shown(await settingsOf(parts, organisationId, settingsOwnerFromProto(request)));
    },

    async updateBillingSettings(request, context) {
      const caller = principalOf(context);
      const { organisationId } = caller;
      const owner = settingsOwnerFromProto(request);
      const answer = await mutate(parts.mongo, {
        method: BillingSettingsService.method.updateBillingSettings,
        request,
        caller,
        prepare() {
          assert(request.settings !== undefined, 'the contract requires settings');
          return billingSettingsFromProto(request.settings);
        },
        run: async (session, _organisationId, settings) =>
          shown(await replaceSettings(parts, session, organisationId, owner, settings)),
      });
      // Also where the call is repeated: it may have broken off before.
      await wakeOwned(parts, organisationId, owner);
      return answer;
    },
  };
}

function shown({ own, effective }: ShownSettings) {
  return { settings: billingSettingsToProto(own), effective: billingSettingsToProto(effective) };
}
