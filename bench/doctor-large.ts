/**
 * `kw doctor --kubeconfig` of an API with 5,000 nodes and 50,000 pods. `npx tsx bench/doctor-large.ts [nodes pods]`.
 * The objects lie in a real etcd behind a real kube-apiserver 1.20.2 on loopback; nothing else of a cluster runs.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { quiet } from './control-machine.js';
import { controlPlane } from './large/control-plane.js';
import { fill } from './large/fill.js';
import { node, pod } from './large/objects.js';
import { table, verdict } from './table.js';

const [nodes, pods] = [Number(process.argv[2] ?? 5000), Number(process.argv[3] ?? 50_000)];
const says = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function* objects(now: string): Iterable<readonly [string, unknown]> {
  for (let n = 0; n < nodes; n += 1) {
    const one = node(n, now);
    yield [`minions/${one.metadata.name}`, one];
  }
  for (let n = 0; n < 50; n += 1)
    yield [
      `namespaces/team-${n}`,
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: `team-${n}`,
          uid: `00000009-0000-4000-8000-${String(n).padStart(12, '0')}`,
          creationTimestamp: now,
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
    ];
  for (let n = 0; n < pods; n += 1) {
    const one = pod(n, nodes);
    yield [`pods/${one.metadata.namespace}/${one.metadata.name}`, one];
  }
}

interface Run {
  readonly seconds: number;
  readonly mebibytes: number;
  readonly code: number | null;
  readonly report: {
    readonly verdict?: string;
    readonly unknown?: readonly { readonly missing: readonly unknown[] }[];
  };
  readonly bytes: number;
}

/** As a person runs it; its memory at its highest, as the kernel counts it. */
const doctor = async (kubeconfig: string): Promise<Run> => {
  const began = performance.now();
  const child = spawn(resolve('kw'), ['doctor', '--kubeconfig', kubeconfig, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [highest, output] = [0, ''];
  const watch = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      text => {
        highest = Math.max(highest, Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0));
      },
      () => undefined,
    );
  }, 50);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>(done => {
    child.once('close', done);
  });
  clearInterval(watch);
  return {
    seconds: (performance.now() - began) / 1000,
    mebibytes: highest / 1024,
    code,
    report: JSON.parse(output || '{}') as Run['report'],
    bytes: output.length,
  };
};

interface Listing {
  readonly requestURI: string;
  readonly responseStatus?: { readonly code?: number };
}

/**
 * First pages, by what they list: more than one of a kind, or more pages than its objects need, is something listed
 * twice.
 */
const listings = async (
  audit: string,
): Promise<ReadonlyMap<string, { readonly first: number; readonly pages: number }>> => {
  const found = new Map<string, { first: number; pages: number }>();
  for (const line of (await readFile(audit, 'utf8')).split('\n').filter(Boolean)) {
    const { requestURI, responseStatus } = JSON.parse(line) as Listing;
    if (responseStatus?.code !== 200) continue;
    const url = new URL(requestURI, 'https://api');
    const selector = url.searchParams.get('fieldSelector');
    const name = `${url.pathname}${selector ? ` where ${selector}` : ''}`;
    const known = found.get(name) ?? { first: 0, pages: 0 };
    found.set(name, { first: known.first + (url.searchParams.has('continue') ? 0 : 1), pages: known.pages + 1 });
  }
  return found;
};

const dir = await mkdtemp(join(tmpdir(), 'kw-large-'));
try {
  const plane = await controlPlane(dir);
  try {
    const began = performance.now();
    says(
      `${await fill(plane.etcd, objects(new Date().toISOString()))} objects in ` +
        `${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    await quiet(says);
    const run = await doctor(plane.kubeconfig);
    const lists = await listings(plane.audit);
    const count = (path: string): number => lists.get(path)?.pages ?? 0;
    const missing = run.report.unknown?.reduce((sum, one) => sum + one.missing.length, 0) ?? 0;
    process.stdout.write(
      `${table([
        ['nodes', 'pods', 'lists', 'requests', 'seconds', 'MiB', 'verdict', 'missing', 'report, KiB'],
        [
          String(nodes),
          String(pods),
          String(lists.size),
          String([...lists.values()].reduce((sum, one) => sum + one.pages, 0)),
          run.seconds.toFixed(1),
          run.mebibytes.toFixed(0),
          run.report.verdict ?? `exit ${run.code}`,
          String(missing),
          (run.bytes / 1024).toFixed(0),
        ],
      ])}\n`,
    );
    process.exitCode = verdict([
      { what: `kw doctor, ${nodes} nodes and ${pods} pods`, value: run.seconds, limit: 30, unit: 's' },
      { what: 'its memory at its highest', value: run.mebibytes, limit: 1024, unit: 'MiB' },
      {
        what: 'times that one list was begun, at most',
        value: Math.max(...[...lists.values()].map(one => one.first)),
        limit: 1,
        unit: 'times',
      },
      {
        what: 'pages of pods, against those that they fill',
        value: count('/api/v1/pods') / Math.ceil(pods / 500),
        limit: 1,
        unit: 'times',
      },
      {
        what: 'pages of nodes, against those that they fill',
        value: count('/api/v1/nodes') / Math.ceil(nodes / 500),
        limit: 1,
        unit: 'times',
      },
    ]);
  } finally {
    await plane.stop();
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
