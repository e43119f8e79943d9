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
export const LANGUAGES = ['typescript', 'python', 'go', 'java', 'rust'] as const;
export type LanguageName = (typeof LANGUAGES)[number];

/** How each is made in `folder`, a copy of clients/<language>, of the checkout at `root`. */
export function languagesIn(folder: string, root: string): Record<LanguageName, Language> {
  return {
    typescript: typescriptIn(root),
    python: pythonIn(folder),
    go: goIn(folder),
    java: javaIn(),
    rust: rustIn(root),
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

/** Executables that Maven Central has for each system; the later ones of grpc-java lack some. */
const JAVA_PLUGINS = [
  { artifact: 'com.google.protobuf:protoc:4.36.2', name: 'protoc' },
  { artifact: 'io.grpc:protoc-gen-grpc-java:1.83.1', name: 'protoc-gen-grpc-java' },
];

function javaIn(): Language {
  const classes = ['target/classes', 'target/test-classes', 'target/dependency/*'].join(delimiter);
  return {
    needs: [
      { program: 'javac', broughtBy: 'a JDK of 17 or newer' },
      { program: 'mvn', broughtBy: 'Apache Maven 3.8 or newer' },
    ],
    prepare: JAVA_PLUGINS.flatMap(({ artifact, name }) => [
      { command: ['mvn', '-B', '-q', 'dependency:copy', ...copyArguments(artifact)] as const },
      { command: [process.execPath, '-e', renameTo(name)] as const },
    ]),
    build: [
      { command: ['mvn', '-B', '-q', 'package', 'dependency:copy-dependencies', '-DskipTests'] },
    ],
    conformance: { command: ['java', '-cp', classes, 'com.billingrails.Conformance'] },
    quickstart: {
      file: 'Quickstart.java',
      steps: [{ command: ['java', '-cp', classes, 'Quickstart.java'] }],
    },
    path: [PLUGINS],
    kept: [PLUGINS],
  };
}

function copyArguments(artifact: string): string[] {
  return [
    `-Dartifact=${artifact}:exe:${classifier()}`,
    `-DoutputDirectory=${PLUGINS}`,
    '-Dmdep.overWriteReleases=true',
  ];
}

/** What Maven calls this system. */
function classifier(): string {
  const systems: Partial<Record<NodeJS.Platform, string>> = { darwin: 'osx', win32: 'windows' };
  const machine = process.arch === 'arm64' ? 'aarch_64' : 'x86_64';
  return `${systems[process.platform] ?? 'linux'}-${machine}`;
}

/** Maven names the file by its version; buf looks for it by its name, among what may be run. */
function renameTo(name: string): string {
  return `
    const fs = require('node:fs');
    const found = fs.readdirSync('${PLUGINS}').find((file) => /^${name}-\\d.*exe$/.test(file));
    fs.renameSync('${PLUGINS}/' + found, '${PLUGINS}/${name}');
    fs.chmodSync('${PLUGINS}/${name}', 0o755);`;
}

function rustIn(root: string): Language {
  const image = 'billingrails.binpb';
  const contracts = ['--path', 'billingrails', '--exclude-path', 'billingrails/bus'] as const;
  return {
    needs: [{ program: 'cargo', broughtBy: 'Rust 1.88 or newer, of https://rustup.rs' }],
    prepare: [],
    generate: [
      {
        command: [
          join(root, 'node_modules/.bin/buf'),
          ...(['build', '.', ...contracts, '-o'] as const),
          join(root, 'dist/clients/rust', image),
        ],
        cwd: join(root, 'proto'),
      },
      { command: ['cargo', 'run', '-q', '-p', 'generate', '--', image, 'src/gen'] },
    ],
    build: [{ command: ['cargo', 'build', '-q', '--examples'] }],
    conformance: { command: ['target/debug/examples/conformance'] },
    quickstart: {
      file: 'examples/quickstart.rs',
      steps: [{ command: ['cargo', 'run', '-q', '--example', 'quickstart'] }],
    },
    path: [],
    kept: ['target'],
  };
}

/** The PATH on which buf finds the plugins first. */
export function pathOf({ path }: Language, folder: string): string {
  const own = path.map((each) => (each.startsWith('/') ? each : join(folder, each)));
  return [...own, process.env['PATH'] ?? ''].join(delimiter);
}
