import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { logoToProto } from '../contract/branding';
import { readPicture } from '../images/read-picture';
import { existingLogo, logoOfPicture } from '../use-cases/logos';

/** Keeps the pictures that documents bear. */
export function logoMethods({
  stores,
}: ServiceParts): Pick<ServiceImpl<typeof InvoicingSettingsService>, 'createLogo' | 'getLogo'> {
  const { mongo, logos } = stores;
  return {
    createLogo: (request, context) =>
      mutate(mongo, {
        ...{ method: InvoicingSettingsService.method.createLogo, request },
        caller: principalOf(context),
        prepare: (organisationId) =>
          logoOfPicture(organisationId, readPicture(request.content, 'content')),
        async run(session, organisationId, logo) {
          await logos.insert(organisationId, logo, session);
          return { logo: logoToProto(logo) };
        },
      }),

    async getLogo({ logoId }, context) {
      const { organisationId } = principalOf(context);
      const logo = await existingLogo(stores, organisationId, logoId);
      return { logo: logoToProto(logo), content: logo.content };
    },
  };
}
