import {
  getOption,
  type DescExtension,
  type DescMethod,
  type DescService,
  type Registry,
} from '@bufbuild/protobuf';
import { commentOf, summaryOf } from './comments';
import type { Schema } from './rules';
import { Schemas } from './schemas';

const SCOPE_OPTION = 'billingrails.common.v1.required_scope';

/**
 * The OpenAPI 3.1 document of the services' JSON: every method of one question and one answer, as a POST at its path.
 * Streams are not in it: they are no plain HTTP.
 */
export function openApiOf(services: readonly DescService[], registry: Registry): Schema {
  const schemas = new Schemas();
  const scope = registry.getExtension(SCOPE_OPTION);
  const methods = services.flatMap((service) =>
    service.methods.filter(({ methodKind }) => methodKind === 'unary'),
  );
  const paths = Object.fromEntries(
    methods.map((method) => [
      `/${method.parent.typeName}/${method.name}`,
      { post: operationOf(method, schemas, scope) },
    ]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Billingrails',
      version: '1',
      summary: 'Open usage billing: events in, explained invoices out.',
      description:
        'Every method is a POST of JSON. Fields that have their default value are left out of answers. ' +
        'The same methods can be called by gRPC and gRPC-Web, and those that stream by these alone.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The gateway that this came from' }],
    security: [{ key: [] }],
    tags: services.map((service) => ({ name: service.name, description: commentOf(service) })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, such as br_…' },
      },
      responses: { Error: ERROR },
      schemas: { Error: ERROR_SCHEMA, ...schemas.all() },
    },
  };
}

function operationOf(
  method: DescMethod,
  schemas: Schemas,
  scope: DescExtension | undefined,
): Schema {
  const description = commentOf(method);
  const needed = scope === undefined ? undefined : scopeOf(method, scope);
  const needs = needed === undefined ? '' : ` Needs a key with the scope \`${needed}\`.`;
  return {
    operationId: `${method.parent.name}_${method.name}`,
    tags: [method.parent.name],
    summary: summaryOf(description),
    description: `${description}${needs}`,
    requestBody: { required: true, content: json(schemas.ofMessage(method.input)) },
    responses: {
      '200': { description: 'It is done.', content: json(schemas.ofMessage(method.output)) },
      '4XX': { $ref: '#/components/responses/Error' },
      '5XX': { $ref: '#/components/responses/Error' },
    },
  };
}

/** As keys name it: "ingest". */
function scopeOf(method: DescMethod, scope: DescExtension): string | undefined {
  const number: unknown = getOption(
    method,
    scope as Parameters<typeof getOption>[1] & DescExtension,
  );
  if (scope.fieldKind !== 'enum' || typeof number !== 'number' || number === 0) return undefined;
  return scope.enum.value[number]?.name.replace(/^SCOPE_/, '').toLowerCase();
}

function json(schema: Schema): Schema {
  return { 'application/json': { schema } };
}

const ERROR: Schema = {
  description: 'What is wrong, and what to do.',
  headers: {
    'x-request-id': { description: 'Names the call in our logs.', schema: { type: 'string' } },
    'retry-after': { description: 'Seconds after that to try again.', schema: { type: 'integer' } },
  },
  content: json({ $ref: '#/components/schemas/Error' }),
};

const ERROR_SCHEMA: Schema = {
  type: 'object',
  description: 'An error of the Connect protocol.',
  required: ['code'],
  properties: {
    code: {
      type: 'string',
      description: 'Its kind, for programs.',
      enum: [
        ...['canceled', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found'],
        ...['already_exists', 'permission_denied', 'resource_exhausted', 'failed_precondition'],
        ...['aborted', 'out_of_range', 'unimplemented', 'internal', 'unavailable', 'data_loss'],
        'unauthenticated',
      ],
    },
    message: { type: 'string', description: 'What to do, in a sentence for people.' },
    details: {
      type: 'array',
      description: 'google.rpc.ErrorInfo (its reason), BadRequest (each field), RetryInfo, Help.',
      items: {
        type: 'object',
        required: ['type', 'value'],
        properties: {
          type: { type: 'string', examples: ['google.rpc.ErrorInfo'] },
          value: { type: 'string', description: 'The message, in base64 without padding.' },
          debug: { description: 'The same as JSON.' },
        },
      },
    },
  },
};
