import type {
  AnyDesc,
  DescExtension,
  DescFile,
  DescMessage,
  DescService,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';

/** Where everything that the served contracts mention is declared. */
export interface DescriptorIndex {
  fileByName(name: string): DescFile | undefined;
  /** Of a message, field, oneof, enum, enum value, extension, service or method, by its full name. */
  fileOfSymbol(symbol: string): DescFile | undefined;
  /** The extensions of the message with this full name. */
  extensionsOf(message: string): readonly DescExtension[];
  hasMessage(message: string): boolean;
}

/** Indexes the files that declare `services`, those of `more`, and all that these import. */
export function indexDescriptors(
  services: readonly DescService[],
  more: readonly DescFile[] = [],
): DescriptorIndex {
  const files = new Map<string, DescFile>();
  for (const root of [...services.map(({ file }) => file), ...more]) {
    for (const file of withImports(root)) files.set(nameOf(file), file);
  }
  const symbols = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions: DescExtension[] = [];
  for (const file of files.values()) {
    for (const desc of nestedTypes(file)) {
      for (const symbol of symbolsOf(desc)) symbols.set(symbol, file);
      if (desc.kind === 'extension') extensions.push(desc);
      if (desc.kind === 'message') messages.add(desc.typeName);
    }
  }
  return {
    fileByName: (name) => files.get(name),
    fileOfSymbol: (symbol) => symbols.get(symbol),
    extensionsOf: (message) => extensions.filter(({ extendee }) => extendee.typeName === message),
    hasMessage: (message) => messages.has(message),
  };
}

/** The file after everything it imports, directly or not, so that each comes after what it needs. */
export function withImports(file: DescFile, found = new Set<DescFile>()): Set<DescFile> {
  for (const dependency of file.dependencies) {
    if (!found.has(dependency)) withImports(dependency, found);
  }
  return found.add(file);
}

/** The name as other files import it: with its extension, which the runtime leaves out. */
export function nameOf(file: DescFile): string {
  return file.proto.name;
}

function symbolsOf(desc: ReturnType<typeof nestedTypes> extends Iterable<infer T> ? T : AnyDesc) {
  switch (desc.kind) {
    case 'message':
      return [desc.typeName, ...membersOf(desc)];
    case 'enum':
      return [
        desc.typeName,
        // Values live beside their enum, not inside it.
        ...desc.values.map(({ name }) => sibling(desc.typeName, name)),
      ];
    case 'service':
      return [desc.typeName, ...desc.methods.map(({ name }) => `${desc.typeName}.${name}`)];
    case 'extension':
      return [desc.typeName];
  }
}

function membersOf({ typeName, fields, oneofs }: DescMessage): string[] {
  return [...fields, ...oneofs].map(({ name }) => `${typeName}.${name}`);
}

function sibling(typeName: string, name: string): string {
  const dot = typeName.lastIndexOf('.');
  return dot < 0 ? name : `${typeName.slice(0, dot)}.${name}`;
}
