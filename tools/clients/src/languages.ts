import { delimiter, join } from 'node:path';

/** One program to start, in the folder of the try. */
export interface Step {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** How the client of a language is tried. */
export interface Language {
  /** Each must be there: the program, and what brings it. */
  readonly needs: readonly { readonly program: string; readonly broughtBy: string }[];
  /** Before its code is generated. */
  readonly prepare: readonly Step[];
  /** After it. */
  readonly compile: readonly Step[];
  /** Prints the request of the program, in base64. */
  readonly run: Step;
  /** Folders in which buf finds the plugins, in the folder of the try. */
  readonly path: readonly string[];
}

/** Those that there is a template and a program for. */
export const LANGUAGES = ['typescript', 'go', 'python', 'java', 'rust'] as const;
export type LanguageName = (typeof LANGUAGES)[number];

const PLUGINS = 'plugins';
const GO_PLUGINS = [
  'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
];
/** Executables that Maven Central has for each system; the later ones of grpc-java lack some. */
const JAVA_PLUGINS = [
  { artifact: 'com.google.protobuf:protoc:4.36.2', name: 'protoc' },
  { artifact: 'io.grpc:protoc-gen-grpc-java:1.83.1', name: 'protoc-gen-grpc-java' },
];

/** How each is tried in `folder` of a checkout at `root`. */
export function languagesIn(folder: string, root: string): Record<LanguageName, Language> {
  const pluginsDir = join(folder, PLUGINS);
  const python = join(folder, 'venv/bin/python');
  return {
    typescript: {
      needs: [],
      prepare: [],
      compile: [],
      run: { command: [process.execPath, '--import', 'tsx', 'send-event.ts'] },
      path: [join(root, 'node_modules/.bin')],
    },
    go: {
      needs: [{ program: 'go', broughtBy: 'Go 1.24 or newer, of https://go.dev/dl' }],
      prepare: GO_PLUGINS.map((plugin) => ({
        command: ['go', 'install', plugin],
        env: { GOBIN: pluginsDir },
      })),
      compile: [
        { command: ['go', 'mod', 'tidy'] },
        { command: ['go', 'vet', './...'] },
        { command: ['go', 'build', '-o', 'send-event', '.'] },
      ],
      run: { command: ['./send-event'] },
      path: [PLUGINS],
    },
    python: {
      needs: [{ program: 'python3', broughtBy: 'Python 3.10 or newer, with its module venv' }],
      prepare: [
        { command: ['python3', '-m', 'venv', 'venv'] },
        { command: [python, '-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt'] },
      ],
      compile: [{ command: [python, '-m', 'compileall', '-q', 'gen', 'send_event.py'] }],
      run: { command: [python, 'send_event.py'], env: { PYTHONPATH: join(folder, 'gen') } },
      path: ['venv/bin'],
    },
    java: {
      needs: [
        { program: 'javac', broughtBy: 'a JDK of 17 or newer' },
        { program: 'mvn', broughtBy: 'Apache Maven 3.8 or newer' },
      ],
      prepare: JAVA_PLUGINS.flatMap(({ artifact, name }) => [
        {
          command: ['mvn', '-B', '-q', 'dependency:copy', ...copyArguments(artifact)] as const,
        },
        { command: [process.execPath, '-e', renameTo(name)] as const },
      ]),
      compile: [{ command: ['mvn', '-B', '-q', 'compile'] }],
      run: { command: ['mvn', '-B', '-q', 'exec:java'] },
      path: [PLUGINS],
    },
    rust: {
      needs: [{ program: 'cargo', broughtBy: 'Rust 1.88 or newer, of https://rustup.rs' }],
      prepare: [
        {
          command: [
            'cargo',
            'install',
            '-q',
            '--root',
            '.',
            'protoc-gen-prost',
            'protoc-gen-tonic',
          ],
        },
      ],
      compile: [{ command: ['cargo', 'build', '-q'] }],
      run: { command: ['cargo', 'run', '-q'] },
      path: ['bin'],
    },
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

/** The PATH on which buf finds the plugins first. */
export function pathOf({ path }: Language, folder: string): string {
  const own = path.map((each) => (each.startsWith('/') ? each : join(folder, each)));
  return [...own, process.env['PATH'] ?? ''].join(delimiter);
}
