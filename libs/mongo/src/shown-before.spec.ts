import { TaxRateSchema } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { ApiKeySchema } from '@billingrails/contracts/billingrails/access/v1/api_key_pb';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import type { Mongo } from './connect';
import { noneBefore, showBefore } from './shown-before';

test('a service without a reader of what one of its methods changes does not start', () => {
  const mongo = {} as Mongo;
  expect(() => showBefore(mongo, [ApiKeyService], [noneBefore(TaxRateSchema)])).toThrow(
    'UpdateApiKey has a reader of billingrails.access.v1.ApiKey',
  );
  expect(() => showBefore(mongo, [ApiKeyService], [noneBefore(ApiKeySchema)])).not.toThrow();
});
