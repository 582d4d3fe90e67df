/** Finds or builds Temporal's time-skipping test server, which the workflow tests run on. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Env, readVariable } from '../env.ts';
import { cacheFolder, onceAtATime } from './cache.ts';
import { isExecutable, onPath, run } from './commands.ts';
import { messageOf, type OnProgress, StackError } from './errors.ts';

/** What TestWorkflowEnvironment.createTimeSkipping wants as `server.executable`. */
export interface TestServer {
  type: 'existing-path';
  path: string;
}

/** The newest release of the official Java test server; it runs on Java 8 and later. */
const jarVersion = '1.38.0';
const slf4jVersion = '2.0.17';

/** Longest the fetching of 40 small jars may take. */
const mavenTimeoutMs = 10 * 60_000;

/** The server by look-up order: TEMPORAL_TEST_SERVER_PATH, cache, download, Maven and Java.
 *  Throws a StackError that names every way. */
export async function timeSkippingServerPath(options: {
  env: Pick<Env, 'TEMPORAL_TEST_SERVER_PATH'>;
  onProgress: OnProgress;
}): Promise<TestServer> {
  const asked = options.env.TEMPORAL_TEST_SERVER_PATH;
  if (asked !== undefined) {
    if (isExecutable(asked)) return found(asked);
    throw new StackError(
      `TEMPORAL_TEST_SERVER_PATH is "${asked}", which is not a program this user may run. ` +
        'Correct it, or unset it to have one found.',
    );
  }
  return (
    cached() ??
    onceAtATime('the time-skipping test server', options.onProgress, () => get(options.onProgress))
  );
}

async function get(onProgress: OnProgress): Promise<TestServer> {
  const already = cached();
  if (already) return already;
  const failures: string[] = [];
  for (const [what, way] of [
    ['The download', download],
    ['Maven', buildFromMaven],
  ] as const) {
    try {
      return await way(onProgress);
    } catch (error) {
      failures.push(`${what} failed: ${messageOf(error)}`);
    }
  }
  throw new StackError(everyWay(failures));
}

const found = (path: string): TestServer => ({ type: 'existing-path', path });

function cached(): TestServer | undefined {
  return [downloaded(), wrapper()].filter(isExecutable).map(found)[0];
}

const downloaded = () => join(cacheFolder(), 'temporal-test-server');
const jarFolder = () => join(cacheFolder(), `temporal-test-server-${jarVersion}`);
const wrapper = () => join(jarFolder(), 'temporal-test-server');

/** The SDK downloads while it starts a server: it starts one for a moment, into our cache. */
async function download(onProgress: OnProgress): Promise<TestServer> {
  onProgress('Downloading the time-skipping test server (about 40 MB, once).');
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const folder = mkdtempSync(join(cacheFolder(), 'download-'));
  try {
    const server = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'cached-download', downloadDir: folder } },
    });
    await server.teardown();
    const [file] = readdirSync(folder); // Named after the SDK's version: the only file there.
    renameSync(join(folder, file ?? ''), downloaded());
    return found(downloaded());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The jar is not self-contained, so its class path is copied beside a wrapper script. */
async function buildFromMaven(onProgress: OnProgress): Promise<TestServer> {
  const maven = onPath('mvn');
  const java = javaPath();
  if (!maven || !java) throw new Error('needs Maven (`mvn`) and Java on PATH');
  onProgress('Fetching the time-skipping test server with Maven (about 40 MB, once).');
  const folder = mkdtempSync(join(cacheFolder(), 'build-'));
  try {
    writeFileSync(join(folder, 'pom.xml'), pom());
    mkdirSync(join(folder, 'lib'));
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const args = ['-q', '-B', goal, `-DoutputDirectory=${join(folder, 'lib')}`];
    await run(maven, [...args, '-DincludeScope=runtime'], { cwd: folder, timeout: mavenTimeoutMs });
    writeFileSync(join(folder, 'temporal-test-server'), wrapperScript(java));
    chmodSync(join(folder, 'temporal-test-server'), 0o755);
    rmSync(jarFolder(), { recursive: true, force: true });
    renameSync(folder, jarFolder());
    return found(wrapper());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function javaPath(): string | undefined {
  const home = readVariable('JAVA_HOME');
  const chosen = home && join(home, 'bin', 'java');
  return chosen && existsSync(chosen) ? chosen : onPath('java');
}

/** The options cut the start to about 1.5 s: the SDK gives up after 5 s. */
function wrapperScript(java: string): string {
  return `#!/bin/sh
# Temporal's time-skipping test server: temporal-test-server PORT [ARGUMENTS...]
exec "${java}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx512m \\
  -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>partner-sync</groupId><artifactId>test-server</artifactId><version>1</version>
<dependencies>
${dependency('io.temporal', 'temporal-test-server', jarVersion)}
${dependency('org.slf4j', 'slf4j-nop', slf4jVersion)}
</dependencies></project>
`;
}

function everyWay(failures: readonly string[]): string {
  return [
    'The time-skipping test server was not found and could not be fetched. Any one of these helps:',
    '  1. TEMPORAL_TEST_SERVER_PATH=/path/to/temporal-test-server.',
    `  2. That program placed at ${downloaded()}.`,
    '  3. Internet access to temporal.download: it is then downloaded by itself.',
    '  4. Maven (`mvn`) and Java 17 on PATH: it is then fetched from Maven Central by itself.',
    ...failures,
  ].join('\n');
}
