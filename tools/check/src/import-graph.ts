import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { preProcessFile } from 'typescript';

/** What each source file imports by a relative path, as paths from the root. Imports of types count as all others. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The imports of everything written by hand in these folders. */
export function importGraph(root: string, folders: readonly string[]): ImportGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/(^|\/)(node_modules|gen|dist)\//.test(name))
      .map((name) => join(folder, name)),
  );
  return new Map(files.map((file) => [file, importsOf(root, file)]));
}

function importsOf(root: string, file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(root, file), 'utf8'));
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const path = resolve(root, dirname(file), fileName);
    const found = [`${path}.ts`, join(path, 'index.ts')].find((each) => existsSync(each));
    return found === undefined ? [] : [relative(root, found)];
  });
}

/** The groups of files that all import each other, directly or over others, each in the order of their names. */
export function importCircles(graph: ImportGraph): string[][] {
  const open: string[] = [];
  const order = new Map<string, number>();
  const circles: string[][] = [];
  /** Tarjan's: returns the earliest visited file that `file` leads to and that is still open. */
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    const place = open.push(file) - 1;
    let earliest = own;
    for (const next of graph.get(file) ?? []) {
      const seen = order.get(next);
      if (seen === undefined) earliest = Math.min(earliest, visit(next));
      else if (open.includes(next)) earliest = Math.min(earliest, seen);
    }
    if (earliest === own) {
      const group = open.splice(place);
      if (group.length > 1) circles.push(group.sort());
    }
    return earliest;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}

/** Of each layer of a service, those that it must not import. */
const ABOVE: Readonly<Record<string, readonly string[]>> = {
  domain: ['contract', 'store', 'use-cases', 'rpc', 'consumer', 'jobs'],
  contract: ['store', 'use-cases', 'rpc', 'consumer', 'jobs'],
  store: ['use-cases', 'rpc', 'consumer', 'jobs'],
  'use-cases': ['rpc', 'consumer', 'jobs'],
};

/** The imports of a service's files from a layer that stands above theirs, each as `from → to`. Tests may do so. */
export function upwardImports(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, imports]) => {
    const above = ABOVE[layerOf(file) ?? ''];
    if (above === undefined || file.endsWith('.spec.ts')) return [];
    return imports
      .filter((imported) => above.includes(layerOf(imported) ?? ''))
      .map((imported) => `${file} → ${imported}`);
  });
}

const LAYERS =
  /^apps\/[^/]+\/src\/(?:[^/]+\/)*?(domain|contract|store|use-cases|rpc|consumer|jobs)\//;

/** The layer that a service's file is of, if it is of one: the outermost folder of such a name. */
function layerOf(file: string): string | undefined {
  return LAYERS.exec(file)?.[1];
}
