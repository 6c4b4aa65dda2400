/** One host's chart: one script, and looks at its ports beside it. */
import { randomBytes } from 'node:crypto';
import { unseenHost } from '../../clinic/bundle/bundle-json.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { chartScript, readChart, type Scripted } from '../../facts/chart/index.js';
import { split } from '../../shell/questions.js';
import type { Connection } from '../../transport/connection.js';
import { heard } from './heard.js';
import { missingKind, messageOf } from './why.js';
import { fsyncP99 } from './metrics.js';
import { probe, worded, type Probed, type Target } from './probe.js';
import { reachTargets, type Subject, targetsOf } from './targets.js';
import type { Script } from '../../shell/sh.js';

export interface HostWays {
  readonly connection: () => Promise<Connection>;
  readonly clock: () => Date;
  readonly endpointPort?: number;
  readonly all: readonly Subject[];
  /** A question of the caller's that travels along, and who hears its answer. */
  readonly also?: { readonly script: (host: string) => Script; readonly hear: (host: string, output: string) => void };
}

// Shorter than all limits of the collectors together: what was answered until then is kept.
const timeoutMs = 45_000;

/** Never rejects for the host's sake. */
export const gatherHost = async (
  host: Subject,
  { connection, clock, endpointPort, all, also }: HostWays,
): Promise<HostChart> => {
  const sentAt = clock().getTime();
  try {
    const line = await connection();
    const [scripted, probed, reach] = await Promise.all([
      ask(line, host.name, clock, also),
      probeAll(line, targetsOf(host, endpointPort)),
      connectToOthers(line, host, all),
    ]);
    const at = clock().toISOString();
    const seen = <T>(source: string, value: T) => ({ host: host.name, source, at, value });
    return {
      name: host.name,
      address: host.address,
      ...scripted,
      roles: host.guessed || host.roles.length === 0 ? [...new Set([...host.roles, ...rolesOf(scripted)])] : host.roles,
      versions: withRunning(scripted, probed),
      etcd: withMetrics(
        scripted.etcd,
        probed.map(({ done }) => done.answers['/metrics']),
      ),
      served: seen('TLS handshakes', servedAt(probed)),
      health: seen('health', healthOf(probed)),
      reach: Object.keys(reach).length > 0 || all.length < 2 ? seen('reach', reach) : nothingTried(host.name, at),
    };
  } catch (error) {
    return unseenHost(
      { name: host.name, address: host.address, roles: host.roles },
      { why: messageOf(error), kind: missingKind(error) },
      new Date(sentAt).toISOString(),
    );
  }
};

const ask = async (line: Connection, host: string, clock: () => Date, also: HostWays['also']): Promise<Scripted> => {
  const nonce = randomBytes(12).toString('hex');
  const sentAt = clock().getTime();
  const { stdout, broke } = await heard(
    line,
    chartScript(nonce, also ? [{ id: 'also', script: also.script(host), seconds: 10 }] : []),
    timeoutMs,
  );
  const answer = also && split(stdout, nonce).get('also');
  if (answer) also?.hear(host, answer.output);
  return readChart(host, stdout, nonce, {
    sentAt,
    answeredAt: clock().getTime(),
    ...(broke !== undefined && { broke }),
  });
};

interface ProbedTarget {
  readonly target: Target;
  readonly done: Probed;
}

const probeAll = (line: Connection, targets: readonly Target[]): Promise<readonly ProbedTarget[]> =>
  Promise.all(targets.map(async target => ({ target, done: await probe(line, target) })));

/** Nothing tried is nothing seen: an empty list would prove that no port is silent. */
const nothingTried = (host: string, at: string): HostChart['reach'] => ({
  host,
  source: 'reach',
  at,
  missing: 'no port of another host was tried: what the hosts are for is not known',
  kind: 'not-collected',
});

/** The certificates that were shown. */
const servedAt = (probed: readonly ProbedTarget[]) =>
  probed
    .filter(({ target }) => target.tls)
    .map(({ target, done }) => ({
      address: target.address,
      port: target.port,
      chain: done.chain,
      ...(done.problem !== undefined && { problem: done.problem }),
    }));

/** What each server answered, by the URL; its metrics are read elsewhere. */
const healthOf = (probed: readonly ProbedTarget[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    probed.flatMap(({ target: { tls, address, port }, done }) =>
      Object.entries(done.answers)
        .filter(([path]) => path !== '/metrics')
        .map(([path, answer]) => [`${tls ? 'https' : 'http'}://${address}:${port}${path}`, answer.slice(0, 4096)]),
    ),
  );

const connectToOthers = async (
  line: Connection,
  host: Subject,
  all: readonly Subject[],
): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      reachTargets(host, all).map(
        async ([address, port]) => [`${address}:${port}`, await tryConnect(line, address, port)] as const,
      ),
    ),
  );

const tryConnect = (line: Connection, address: string, port: number): Promise<string> => {
  const late = new Promise<string>(resolve => {
    setTimeout(() => resolve('timeout'), 2000).unref();
  });
  const tried = line.forward(address, port).then(
    socket => {
      socket.on('error', () => undefined);
      socket.destroy();
      return 'open';
    },
    error => worded(messageOf(error)),
  );
  return Promise.race([tried, late]);
};

const withMetrics = (etcd: HostChart['etcd'], answers: readonly (string | undefined)[]): HostChart['etcd'] => {
  const metrics = answers.find(answer => answer?.startsWith('200 '));
  const p99 = metrics === undefined ? undefined : fsyncP99(metrics);
  return 'value' in etcd && p99 !== undefined ? { ...etcd, value: { ...etcd.value, fsyncP99: p99 } } : etcd;
};

/** What running servers say of themselves. */
const withRunning = (
  { versions, etcd }: Scripted,
  probed: readonly { readonly done: Probed }[],
): HostChart['versions'] => {
  if (!('value' in versions)) return versions;
  const server = /"gitVersion":\s*"v?([^"]+)"/.exec(
    probed.map(({ done }) => done.answers['/version'] ?? '').join('\n'),
  )?.[1];
  const store = 'value' in etcd ? etcd.value.status.find(one => one.version !== undefined)?.version : undefined;
  return {
    ...versions,
    value: { ...versions.value, ...(server && { 'kube-apiserver': server }), ...(store && { etcd: store }) },
  };
};

/** For hosts that no cluster file describes: what runs there, or would run from its manifests. */
const rolesOf = (seen: Scripted): readonly string[] => {
  const programs = new Set('value' in seen.processes ? seen.processes.value.map(one => one.program) : []);
  const files = 'value' in seen.files ? seen.files.value.map(one => one.path) : [];
  const runs = (program: string): boolean =>
    programs.has(program) ||
    files.some(
      path => path === `/etc/kubernetes/manifests/${program}.yaml` || path.endsWith(`/system/${program}.service`),
    );
  return [
    ...(runs('etcd') ? ['etcd'] : []),
    ...(runs('kube-apiserver') ? ['controlPlane'] : runs('kubelet') ? ['worker'] : []),
    ...(runs('haproxy') ? ['loadBalancer'] : []),
  ];
};
