import type { DescService } from '@bufbuild/protobuf';
import { createEcmaScriptPlugin, runNodeJs, type Schema } from '@bufbuild/protoplugin';
import { createRegistry } from '@bufbuild/protobuf';
import { openApiOf } from './document';

/** Runs within `buf generate` of the contracts. */
runNodeJs(
  createEcmaScriptPlugin({
    name: 'protoc-gen-openapi',
    version: '0.1.0',
    generateTs(schema) {
      const services = schema.files
        .filter(({ name }) => name.startsWith('billingrails/'))
        .flatMap((file) => file.services)
        .sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
      writeServices(schema, services);
      const document = openApiOf(services, createRegistry(...schema.files));
      const file = schema.generateFile('openapi.ts');
      file.print('/** The OpenAPI document of the public JSON, as text. */');
      file.print(
        'export const openApiJson: string = ',
        JSON.stringify(JSON.stringify(document)),
        ';',
      );
    },
  }),
);

/** All public services, in the order of their names. */
function writeServices(schema: Schema, services: readonly DescService[]): void {
  const file = schema.generateFile('services.ts');
  file.print('export const publicServices = [');
  for (const service of services) file.print('  ', file.importSchema(service), ',');
  file.print('];');
}
