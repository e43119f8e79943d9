import type { DescService } from '@bufbuild/protobuf';
import { createEcmaScriptPlugin, runNodeJs, type Schema } from '@bufbuild/protoplugin';

/** Runs within `buf generate` of the contracts. */
runNodeJs(
  createEcmaScriptPlugin({
    name: 'protoc-gen-openapi',
    version: '0.1.0',
    generateTs(schema) {
      const services = schema.files.flatMap((file) =>
        file.name.startsWith('billingrails/') ? file.services : [],
      );
      writeServices(schema, services);
    },
  }),
);

/** All public services, in the order of their names. */
function writeServices(schema: Schema, services: readonly DescService[]): void {
  const file = schema.generateFile('services.ts');
  const inOrder = [...services].sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
  file.print('export const publicServices = [');
  for (const service of inOrder) file.print('  ', file.importSchema(service), ',');
  file.print('];');
}
