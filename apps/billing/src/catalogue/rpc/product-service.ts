import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  ProductStatus,
  type ProductSchema,
} from '@billingrails/contracts/billingrails/billing/v1/product_pb';
import { ProductService } from '@billingrails/contracts/billingrails/billing/v1/product_service_pb';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { missingProduct, type Product } from '../domain/product';
import { changeProduct, createProduct } from '../use-cases/products';

/** Keeps products. */
export function productService(parts: ServiceParts): ServiceImpl<typeof ProductService> {
  const { mongo, products } = parts;
  return {
    createProduct: (request, context) =>
      mutate(mongo, {
        method: ProductService.method.createProduct,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const { code, name, description } = request;
          const draft = { code, name, description };
          return {
            product: productToProto(await createProduct(parts, session, organisationId, draft)),
          };
        },
      }),

    async getProduct({ productId }, context) {
      const product = await products.find(principalOf(context).organisationId, productId);
      if (product === undefined) throw missingProduct();
      return { product: productToProto(product) };
    },

    async listProducts(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        products.list(organisationId, slice),
      );
      return { products: items.map(productToProto), nextPageToken };
    },

    updateProduct: (request, context) =>
      mutate(mongo, {
        method: ProductService.method.updateProduct,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const { productId, name, description } = request;
          const change = {
            ...(name === '' ? {} : { name }),
            ...(description === undefined ? {} : { description }),
          };
          return {
            product: productToProto(
              await changeProduct(parts, session, organisationId, productId, change),
            ),
          };
        },
      }),

    archiveProduct: (request, context) =>
      mutate(mongo, {
        method: ProductService.method.archiveProduct,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const change = { status: 'archived' } as const;
          const { productId } = request;
          return {
            product: productToProto(
              await changeProduct(parts, session, organisationId, productId, change),
            ),
          };
        },
      }),
  };
}

const STATUSES = { active: ProductStatus.ACTIVE, archived: ProductStatus.ARCHIVED } as const;

/** A product as it is answered. */
export function productToProto({
  createMs,
  status,
  ...rest
}: Product): MessageInitShape<typeof ProductSchema> {
  return { ...rest, status: STATUSES[status], createTime: toTimestamp(createMs) };
}
