import { notFound } from '@billingrails/errors';
import { derivedId, parseId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { createHash } from 'node:crypto';
import type { Stores } from '../../store/stores';
import type { Branding } from '../domain/branding';
import type { Logo, Picture } from '../domain/logo';

/** The picture as a logo of an organisation: the same picture is the same logo. */
export function logoOfPicture(organisationId: OrganisationId, picture: Picture): Logo {
  const digest = createHash('sha256').update(picture.content).digest('hex');
  return { id: derivedId('logo', organisationId, digest), ...picture };
}

/** The logo that a request names. Another organisation's looks exactly like none. */
export async function existingLogo(
  stores: Pick<Stores, 'logos'>,
  organisationId: OrganisationId,
  text: string,
  session?: ClientSession,
): Promise<Logo> {
  const id = parseId('logo', text);
  const logo = id && (await stores.logos.find(organisationId, id, session));
  if (logo === undefined) throw notFound('LOGO_NOT_FOUND', 'There is no logo of that id.');
  return logo;
}

/** The logo of documents that look so; undefined: they have none. */
export async function logoOf(
  { logos }: Pick<Stores, 'logos'>,
  organisationId: OrganisationId,
  branding: Branding | undefined,
): Promise<Logo | undefined> {
  if (branding?.logoId === undefined) return undefined;
  return logos.find(organisationId, branding.logoId);
}
