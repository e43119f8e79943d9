import { join } from 'node:path';
import { openApiJson } from '@billingrails/contracts/openapi';
import { publicServices } from '@billingrails/contracts/services';
import { redocly } from './redocly';

interface Operation {
  readonly operationId: string;
  readonly description: string;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, Record<string, unknown>>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
}

const document = JSON.parse(openApiJson) as OpenApi;
const { schemas } = document.components;

test('a linter that others keep finds nothing wrong with the document, which is OpenAPI 3.1', () => {
  const { stdout } = redocly(
    'lint',
    '--config',
    join(__dirname, '../redocly.yaml'),
    '--format',
    'json',
  );
  expect(document.openapi).toBe('3.1.0');
  expect(JSON.parse(stdout)).toMatchObject({ problems: [], totals: { errors: 0, warnings: 0 } });
});

test('every method of one question and one answer has its path, with words', () => {
  const methods = publicServices.flatMap((service) => service.methods);
  const expected = methods
    .filter(({ methodKind }) => methodKind === 'unary')
    .map((method) => `/${method.parent.typeName}/${method.name}`);
  expect(Object.keys(document.paths)).toEqual(expected);
  const silent = Object.values(document.paths).filter(({ post }) => post.description === '');
  expect(silent).toEqual([]);
});

test('every reference leads somewhere, and every schema is led to', () => {
  const refs = [...openApiJson.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(refs)].sort()).toEqual(Object.keys(schemas).sort());
});

test('the rules of the contract are keywords, and those that are none are words', () => {
  const meter = schemas['billingrails.metering.v1.CreateMeterRequest'];
  expect(meter?.required).toContain('name');
  expect(meter?.properties?.['name']).toMatchObject({
    type: 'string',
    minLength: 1,
    maxLength: 128,
  });
  expect(meter?.properties?.['profiles']).toMatchObject({ type: 'array', minItems: 1 });
  const currency = schemas['billingrails.common.v1.Money']?.properties?.['currency_code'];
  expect(currency).toMatchObject({ pattern: expect.stringContaining('[A-Z]{3}') });
  expect(currency?.['description']).toMatch(/ It must .+\.$/);
});

test("enums are taken by their names and by their short words, and JSON's own types are as protobuf writes them", () => {
  const method = schemas['billingrails.metering.v1.AggregationMethod'];
  expect(method?.enum).toEqual(
    expect.arrayContaining(['AGGREGATION_METHOD_COUNT', 'count', 'count_unique']),
  );
  expect(method?.enum).not.toContain('unspecified');
  const event = schemas['billingrails.ingest.v1.Event'];
  expect(event?.properties?.['timestamp']).toMatchObject({ type: 'string', format: 'date-time' });
  expect(event?.properties?.['properties']).toMatchObject({ type: 'object' });
  const text = document.paths['/billingrails.ingest.v1.EventService/IngestEvent']?.post.description;
  expect(text).toContain('Needs a key with the scope `ingest`.');
});
