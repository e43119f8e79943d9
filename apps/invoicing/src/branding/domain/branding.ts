import type { Violation } from '@billingrails/errors';
import type { LogoId } from '@billingrails/ids';
import { contrast } from './contrast';

/** How documents look, and what they say of who issues them. */
export interface Branding {
  /** Unset: no logo. */
  readonly logoId?: LogoId;
  /** "#rrggbb". Unset: that of all text. */
  readonly accentColor?: string;
  /** Behind the steps of a line's arithmetic. Unset: a light grey. */
  readonly tintColor?: string;
  /** May be empty, and of several lines. */
  readonly footer: string;
  /** Where no seller is known from taxes. May be empty. */
  readonly issuerLines: readonly string[];
}

/** What documents are printed on, and the palest text on them. */
const PAPER = '#ffffff';
export const MUTED_TEXT = '#5b6675';

/** WCAG 2.2, 1.4.3, level AA, for text of any size. */
const CONTRAST_MIN = 4.5;
const COLOR = /^#[0-9a-f]{6}$/i;

/** What is wrong with colours, by path; the rest of a branding has no rule of its own. */
export function colorViolations(
  { accentColor, tintColor }: Pick<Branding, 'accentColor' | 'tintColor'>,
  path: string,
): Violation[] {
  return [
    ...violationsOf(accentColor, PAPER, `${path}.accent_color`, 'white, on which it is written'),
    ...violationsOf(tintColor, MUTED_TEXT, `${path}.tint_color`, `the text on it, ${MUTED_TEXT}`),
  ];
}

function violationsOf(
  color: string | undefined,
  against: string,
  field: string,
  what: string,
): Violation[] {
  if (color === undefined) return [];
  if (!COLOR.test(color)) return [{ field, description: `must be as "#1a5fb4", not "${color}"` }];
  const found = contrast(color, against);
  if (found >= CONTRAST_MIN) return [];
  const description = `has a contrast of ${found.toFixed(2)} to 1 with ${what}; it must be ${CONTRAST_MIN} at least`;
  return [{ field, description }];
}
