/**
 * The same cluster by kubeadm and by kw, alternating on the same lab hosts, each time on fresh disks with all binaries
 * and images already on the hosts: from there to five Ready nodes. `npx tsx bench/up.ts [runs]`, as root.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { newestHere, resolveArtifacts } from '../src/artifacts/index.js';
import { kubeadmUp, labReset, type LabHost, labSshArgv, type LabState, withLab } from '../src/lab/index.js';
import { run } from '../src/lab/run.js';
import { userCache } from '../src/lab/world.js';
import type { Artifact } from '../src/model/artifact.js';
import { controlMachine, quiet } from './control-machine.js';
import { median, table, verdict } from './table.js';

const runs = Number(process.argv[2] ?? 3);
const says = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const name = 'bench-up';
const controlPlanes = 3;
const version = await newestHere();

interface Times {
  readonly kubeadm: number;
  readonly kw: number;
  readonly traffic: number;
  readonly whole: number;
}

const on = async (host: LabHost, script: string): Promise<string> =>
  run([...(await labSshArgv(name, host.name)), 'sh -s'], { stdin: `set -e\n${script}\n`, host: host.name });

/**
 * As a run before this one would have left it: the content-addressed store, each file with the sidecar that vouches for
 * it.
 */
const placeFiles = async (host: LabHost, files: readonly Artifact[]): Promise<void> => {
  const store = join(host.root, 'var/lib/kubewizard/store');
  await mkdir(store, { recursive: true });
  for (const { file, sha256 } of files) await run(['install', '-m', '755', file, join(store, sha256)]);
  await on(
    host,
    `cd /var/lib/kubewizard/store; for f in ${files.map(({ sha256 }) => basename(sha256)).join(' ')}; do stat -c ` +
      `'%s %Y %i' "$f" > "$f.ok"; done`,
  );
};

const afresh = async (lab: LabState): Promise<void> => {
  await Promise.all(lab.hosts.map(host => labReset(name, host.name)));
};

/** A pod of one worker answers another worker: seconds after five nodes are Ready. */
const traffic = async (lab: LabState, image: string): Promise<number> => {
  const [first, , , fourth, fifth] = lab.hosts;
  if (!first || !fourth || !fifth) throw new Error('five hosts are needed');
  const began = performance.now();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      nodeName: fourth.name,
      containers: [
        {
          name: 'web',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', 'mkdir /tmp/w && echo well > /tmp/w/index.html && exec httpd -f -p 8080 -h /tmp/w'],
        },
      ],
    },
  };
  const address = (
    await on(
      first,
      `export KUBECONFIG=/etc/kubernetes/admin.conf
until kubectl -n default get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done
kubectl apply -f - >/dev/null <<'END'
${JSON.stringify(pod)}
END
until ip=$(kubectl get pod web -o 'jsonpath={.status.podIP}') && [ -n "$ip" ]; do sleep 0.2; done
echo "$ip"`,
    )
  ).trim();
  await on(
    fifth,
    `n=0; until [ "$(curl -sf -m 1 http://${address}:8080/)" = well ]; do n=$((n+1)); [ "$n" -lt 100 ] || exit ` +
      '1; sleep 0.2; done',
  );
  return (performance.now() - began) / 1000;
};

const byKw = async (lab: LabState): Promise<Omit<Times, 'kubeadm'>> => {
  const set = await resolveArtifacts({ ...version, arch: 'amd64' }, { cache: userCache(process.env), progress: says });
  await afresh(lab);
  const images = Object.values(set.images).filter(image => image !== undefined);
  const binaries = Object.values(set.binaries).filter(binary => binary !== undefined);
  for (const host of lab.hosts) await placeFiles(host, [...images, ...binaries]);
  const home = await controlMachine(lab);
  try {
    await quiet(says);
    const kw = await home.kw(['up', '--yes', '--until', 'nodes']);
    const carries = await traffic(lab, set.images.probe?.ref ?? '');
    const rest = await home.kw(['up', '--yes']);
    return { kw, traffic: carries, whole: kw + rest };
  } finally {
    await home.leave();
  }
};

const byKubeadm = async (lab: LabState): Promise<number> => {
  await afresh(lab);
  await quiet(says);
  return (await kubeadmUp(lab, { controlPlanes, version }, { progress: says })).total;
};

process.exitCode = await withLab(
  { name, hosts: 5, ephemeral: true },
  async lab => {
    const all: Times[] = [];
    for (let n = 0; n < runs; n += 1) {
      const times = { kubeadm: await byKubeadm(lab), ...(await byKw(lab)) };
      says(JSON.stringify(times));
      all.push(times);
    }
    const of = (field: keyof Times): number => median(all.map(one => one[field]));
    const row = (word: string, one: Times): string[] => [
      word,
      one.kubeadm.toFixed(1),
      one.kw.toFixed(1),
      (one.kw / one.kubeadm).toFixed(2),
      one.traffic.toFixed(1),
      one.whole.toFixed(1),
    ];
    const middle = { kubeadm: of('kubeadm'), kw: of('kw'), traffic: of('traffic'), whole: of('whole') };
    process.stdout.write(
      `${table([['run', 'kubeadm: Ready', 'kw: Ready', 'ratio', 'then traffic', 'kw with addons and proof'], ...all.map((one, n) => row(String(n + 1), one)), row('median', middle)])}\n`,
    );
    return verdict([
      { what: 'kw against kubeadm, to five Ready nodes', value: middle.kw / middle.kubeadm, limit: 0.4, unit: '×' },
      {
        what: 'the same, until a pod answers across hosts',
        value: (middle.kw + middle.traffic) / middle.kubeadm,
        limit: 0.4,
        unit: '×',
      },
    ]);
  },
  { progress: says },
);
