import type { LogoId } from '@billingrails/ids';

export type LogoMediaType = 'image/png' | 'image/jpeg';

/** A picture as documents have it. */
export interface Picture {
  readonly mediaType: LogoMediaType;
  /** In pixels, as the height. */
  readonly width: number;
  readonly height: number;
  readonly content: Uint8Array;
}

/** A picture, or why it is none that documents can have. */
export type ReadPicture = Picture | { readonly problem: string };

/** A picture that an organisation's documents may bear. It never changes. */
export interface Logo extends Picture {
  readonly id: LogoId;
}

/** In pixels, of each side and of all. */
const SIDE_MIN = 16;
const SIDE_MAX = 2000;
const AREA_MAX = 1_000_000;

/** Why a picture is too small or too large; undefined where it is not. */
export function sizeProblem(width: number, height: number): string | undefined {
  const isFitting = [width, height].every((side) => side >= SIDE_MIN && side <= SIDE_MAX);
  if (isFitting && width * height <= AREA_MAX) return undefined;
  return `is ${width} by ${height} pixels; each side must have ${SIDE_MIN} to ${SIDE_MAX}, and the picture at most 1,000,000`;
}
