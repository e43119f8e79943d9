import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  Branding as BrandingMessage,
  BrandingSchema,
  LogoSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/branding_pb';
import type { Violation } from '@billingrails/errors';
import { idProblem, parseId } from '@billingrails/ids';
import { colorViolations, type Branding } from '../domain/branding';
import type { Logo } from '../domain/logo';

export function brandingToProto({
  issuerLines,
  ...branding
}: Branding): MessageInitShape<typeof BrandingSchema> {
  return { ...branding, issuerLines: [...issuerLines] };
}

export function logoToProto({
  content: _content,
  ...logo
}: Logo): MessageInitShape<typeof LogoSchema> {
  return logo;
}

/** To be called of a message without violations. */
export function brandingFromProto(message: BrandingMessage): Branding {
  const logoId = parseId('logo', message.logoId);
  const { footer, issuerLines } = message;
  return { ...(logoId && { logoId }), ...colorsOf(message), footer, issuerLines: [...issuerLines] };
}

/** What is wrong with one, by path; whether the logo is there is not known here. */
export function brandingViolations(message: BrandingMessage, path: string): Violation[] {
  const { logoId } = message;
  const isLogo = logoId === '' || parseId('logo', logoId) !== undefined;
  const description = idProblem('logo', logoId) ?? 'is no id of a logo';
  return [
    ...(isLogo ? [] : [{ field: `${path}.logo_id`, description }]),
    ...colorViolations(colorsOf(message), path),
  ];
}

function colorsOf({ accentColor, tintColor }: BrandingMessage) {
  return {
    ...(accentColor === '' ? {} : { accentColor: accentColor.toLowerCase() }),
    ...(tintColor === '' ? {} : { tintColor: tintColor.toLowerCase() }),
  };
}
