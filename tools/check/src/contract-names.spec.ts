import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { create, createFileRegistry, fromBinary, getOption, hasOption } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  MethodOptions_IdempotencyLevel,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { required_scope, Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { languagesThatKeep } from './keywords';

const root = resolve(__dirname, '../../..');

/** What the keywords of some languages are all the same, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  type: "AccountMapping.type has the name that the product's API has; Rust writes r#type, Go Type",
  event: 'the word of this product; C# writes Event, as it writes every property',
  object:
    'of ObjectChanged, which no client has: the word of all who tell of changes; C# writes Object, Kotlin `object`',
  operator:
    'Filter.operator has the name that the API has; C# and C++ generators write operator_ or Operator',
};

let everyFile: FileDescriptorProto[];
let files: FileDescriptorProto[];

beforeAll(() => {
  const buf = join(root, 'node_modules/.bin/buf');
  const image = execFileSync(buf, ['build', '--as-file-descriptor-set', '-o', '-'], {
    cwd: join(root, 'proto'),
    maxBuffer: 64 << 20,
  });
  everyFile = fromBinary(FileDescriptorSetSchema, image).file;
  files = everyFile.filter(({ name }) => name.startsWith('billingrails/'));
});

/** Every word that a client's code has as a name, with where it stands. */
function names(): { name: string; where: string }[] {
  return files.flatMap((file) => [
    ...file.package.split('.').map((name) => ({ name, where: `package ${file.package}` })),
    ...file.messageType.flatMap((message) =>
      [...message.field, ...message.oneofDecl].map(({ name }) => ({
        name,
        where: `${file.package}.${message.name}`,
      })),
    ),
  ]);
}

test('no name of the contracts is a keyword in one of eight languages, but for those that have a reason', () => {
  const kept = names()
    .filter(({ name }) => ALLOWED[name] === undefined && languagesThatKeep(name).length > 0)
    .map(({ name, where }) => `${where}.${name}: ${languagesThatKeep(name).join(', ')}`);
  expect(kept).toEqual([]);
  expect(languagesThatKeep('from')).toEqual(['Python']);
});

test('every file says where Go and Java find it', () => {
  const without = files.filter(
    ({ options }) => !options?.goPackage || !options.javaPackage || !options.javaMultipleFiles,
  );
  expect(without.map(({ name }) => name)).toEqual([]);
  expect(files.length).toBeGreaterThan(20);
});

/** Where what is read may be for those alone who may change it. */
const SECRETIVE = 'billingrails.access.v1';

test('every method says which scope it needs: what reads READ, what writes more than that', () => {
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: everyFile }));
  const methods = files.flatMap((file) =>
    (registry.getFile(file.name)?.services ?? []).flatMap((service) => service.methods),
  );
  const wrong = methods.filter((method) => {
    if (!hasOption(method, required_scope)) return true;
    const scope = getOption(method, required_scope);
    const isRead = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    if (!isRead) return [Scope.UNSPECIFIED, Scope.READ].includes(scope);
    const isSecretive = method.parent.file.proto.package === SECRETIVE;
    return isSecretive ? scope === Scope.UNSPECIFIED : scope !== Scope.READ;
  });
  expect(wrong.map((method) => `${method.parent.name}.${method.name}`)).toEqual([]);
  expect(methods.length).toBeGreaterThan(180);
});
