declare const accountId: unique symbol;

/** A customer's own name for one of its accounts. Unique in its organisation only. */
export type AccountId = string & { readonly [accountId]: true };

const shape = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

/** 1–128 of A-Z a-z 0-9 . _ : @ -, of which the first is a letter or digit. Case matters. */
export function isAccountId(text: string): text is AccountId {
  return shape.test(text);
}
