import { notFound, type DomainError } from '@billingrails/errors';
import type { ProductId } from '@billingrails/ids';

/** Something that is sold, in whatever plans: what their fees have in common. */
export interface Product {
  readonly id: ProductId;
  /** Unique in the organisation. Never changes. */
  readonly code: string;
  readonly name: string;
  /** May be empty. */
  readonly description: string;
  /** Of an archived one no fee is made any more. */
  readonly status: 'active' | 'archived';
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** There is no product of the id, or it is another organisation's: nobody can tell which. */
export function missingProduct(): DomainError {
  return notFound('PRODUCT_NOT_FOUND', 'There is no product of that id.');
}

/** Why no fee can be made of what was asked for; undefined where it can. */
export function notSold(product: Product | undefined): string | undefined {
  if (product === undefined) return 'there is no product of this id';
  return product.status === 'archived' ? 'the product is archived' : undefined;
}
