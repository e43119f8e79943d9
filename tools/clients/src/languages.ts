import { delimiter, join } from 'node:path';

/** One program to start, in the folder of the library. */
export interface Step {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs, if elsewhere. */
  readonly cwd?: string;
}

/** How the library of a language is made and tried. */
export interface Language {
  /** Each must be there: the program, and what brings it. */
  readonly needs: readonly { readonly program: string; readonly broughtBy: string }[];
  /** Before its code is generated. */
  readonly prepare: readonly Step[];
  /** Makes its code of the contracts; left out, buf does so by proto/clients/<language>.gen.yaml. */
  readonly generate?: readonly Step[];
  /** Builds the library as it is published, and the programs that try it. */
  readonly build: readonly Step[];
  /** The suite's program, built. */
  readonly conformance: Step;
  /** Where the quickstart of its README is put, and what runs it there. */
  readonly quickstart: { readonly file: string; readonly steps: readonly Step[] };
  /** Folders in which buf finds the plugins, in the folder of the library. */
  readonly path: readonly string[];
  /** What is kept of an earlier build, since it takes minutes to make again. */
  readonly kept: readonly string[];
}

/** Those that there is a library for. */
export const LANGUAGES = ['typescript', 'python', 'go'] as const;
export type LanguageName = (typeof LANGUAGES)[number];

/** How each is made in `folder`, a copy of clients/<language>, of the checkout at `root`. */
export function languagesIn(folder: string, root: string): Record<LanguageName, Language> {
  return {
    typescript: typescriptIn(root),
    python: pythonIn(folder),
    go: goIn(folder),
  };
}

function typescriptIn(root: string): Language {
  const run = (file: string): Step => ({ command: [process.execPath, '--import', 'tsx', file] });
  return {
    needs: [],
    prepare: [],
    build: [
      { command: [process.execPath, join(root, 'node_modules/typescript-7/bin/tsc'), '-p', '.'] },
    ],
    conformance: run('conformance/main.ts'),
    quickstart: { file: 'quickstart.ts', steps: [run('quickstart.ts')] },
    path: [join(root, 'node_modules/.bin')],
    kept: [],
  };
}

function pythonIn(folder: string): Language {
  const python = join(folder, 'venv/bin/python');
  const pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'] as const;
  return {
    needs: [{ program: 'python3', broughtBy: 'Python 3.10 or newer, with its module venv' }],
    prepare: [
      { command: ['python3', '-m', 'venv', 'venv'] },
      { command: [...pip, 'grpcio-tools==1.85.1'] },
    ],
    build: [
      { command: [...pip, '--force-reinstall', '--no-deps', '.'] },
      { command: [...pip, '.'] },
    ],
    conformance: { command: [python, 'conformance/main.py'] },
    quickstart: { file: 'quickstart.py', steps: [{ command: [python, 'quickstart.py'] }] },
    path: ['venv/bin'],
    kept: ['venv'],
  };
}

const PLUGINS = 'plugins';
const GO_PLUGINS = [
  'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
];

function goIn(folder: string): Language {
  return {
    needs: [{ program: 'go', broughtBy: 'Go 1.26 or newer, of https://go.dev/dl' }],
    prepare: GO_PLUGINS.map((plugin) => ({
      command: ['go', 'install', plugin],
      env: { GOBIN: join(folder, PLUGINS) },
    })),
    build: [
      { command: ['go', 'vet', './...'] },
      { command: ['go', 'build', '-o', 'bin/conformance', './conformance'] },
    ],
    conformance: { command: ['bin/conformance'] },
    quickstart: {
      file: 'quickstart/main.go',
      steps: [{ command: ['go', 'run', './quickstart'] }],
    },
    path: [PLUGINS],
    kept: [PLUGINS],
  };
}

/** The PATH on which buf finds the plugins first. */
export function pathOf({ path }: Language, folder: string): string {
  const own = path.map((each) => (each.startsWith('/') ? each : join(folder, each)));
  return [...own, process.env['PATH'] ?? ''].join(delimiter);
}
