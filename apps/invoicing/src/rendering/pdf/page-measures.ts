/** A4, in points. */
export const PAGE = { width: 595.28, height: 841.89 };
export const LEFT = 48;
export const RIGHT = PAGE.width - 48;
export const TOP = 48;
/** Below it stands the page's number. */
export const BOTTOM = PAGE.height - 56;
export const BODY = RIGHT - LEFT;

export { MUTED_TEXT as MUTED } from '../../branding/domain/branding';
export const RULE = '#dfe4ea';
export const TINT = '#f6f8fa';
/** Of what is not in force any more. */
export const WARNING = '#b3261e';

/** Of the table of lines. */
export const AMOUNT = { x: RIGHT - 92, width: 92 };
export const QUANTITY = { x: RIGHT - 92 - 12 - 116, width: 116 };
export const DESCRIPTION = { x: LEFT, width: QUANTITY.x - 12 - LEFT };
