import type { Branding } from '../../branding/domain/branding';
import type { Logo } from '../../branding/domain/logo';

/** How a document looks. */
export interface LookView {
  readonly logo?: LogoView;
  /** "#rrggbb". Unset: as the layout has it. */
  readonly accentColor?: string;
  readonly tintColor?: string;
  /** The small print at the very end; may be of several lines, and empty. */
  readonly footer: string;
}

export interface LogoView {
  readonly content: Uint8Array;
  /** For pages, which fetch nothing. */
  readonly url: string;
  /** In points, as large as it is drawn. */
  readonly width: number;
  readonly height: number;
}

/** A logo is drawn within that, in points, and never larger than its pixels at 96 an inch. */
const WIDTH_MAX = 180;
const HEIGHT_MAX = 48;
const POINTS_A_PIXEL = 0.75;

export function lookView(branding: Branding | undefined, logo: Logo | undefined): LookView {
  const { accentColor, tintColor, footer = '' } = branding ?? {};
  return {
    ...(logo && { logo: logoView(logo) }),
    ...(accentColor && { accentColor }),
    ...(tintColor && { tintColor }),
    footer,
  };
}

function logoView({ content, mediaType, width, height }: Logo): LogoView {
  const scale = Math.min(WIDTH_MAX / width, HEIGHT_MAX / height, POINTS_A_PIXEL);
  return {
    content,
    url: `data:${mediaType};base64,${Buffer.from(content).toString('base64')}`,
    width: width * scale,
    height: height * scale,
  };
}
