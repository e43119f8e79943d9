import { conflict, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import type { FeeDraft } from '../domain/fee';
import { missingProduct, notSold, type Product } from '../domain/product';
import type { ProductStore } from '../store/products';

/** Makes a product. Throws a DomainError of kind conflict where another has the code. */
export async function createProduct(
  { products, clocks, ids }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: Pick<Product, 'code' | 'name' | 'description'>,
): Promise<Product> {
  if ((await products.findByCode(organisationId, draft.code, session)) !== undefined)
    throw conflict('PRODUCT_EXISTS', 'There is a product of that code.');
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const product: Product = { id: ids.next('prod'), ...draft, status: 'active', createMs };
  await products.insert(organisationId, product, session);
  return product;
}

/** Changes what may change of a product. Throws a DomainError of kind not_found. */
export async function changeProduct(
  { products }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  productId: string,
  change: Partial<Pick<Product, 'name' | 'description' | 'status'>>,
): Promise<Product> {
  const before = await products.find(organisationId, productId, session);
  if (before === undefined) throw missingProduct();
  const product: Product = { ...before, ...change };
  await products.save(organisationId, product, session);
  return product;
}

/**
 * Throws a DomainError of kind precondition that lists every product of the drafts that no fee can be made of.
 * `pathOf` names a draft's field.
 */
export async function refuseUnsold(
  products: ProductStore,
  organisationId: OrganisationId,
  drafts: readonly Pick<FeeDraft, 'productId'>[],
  pathOf: (index: number) => string,
): Promise<void> {
  const named = drafts.flatMap(({ productId }) => productId ?? []);
  if (named.length === 0) return;
  const found = await products.findMany(organisationId, named);
  const violations = drafts.flatMap(({ productId }, index) => {
    const description = productId === undefined ? undefined : notSold(found.get(productId));
    return description === undefined ? [] : [{ field: `${pathOf(index)}.product_id`, description }];
  });
  if (violations.length > 0)
    throw precondition('PRODUCT_UNAVAILABLE', 'A fee cannot be made of its product.', violations);
}
