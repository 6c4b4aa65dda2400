/**
 * The peer of bench/up alone: kubeadm of the newest minor on five lab hosts, from files on fresh hosts to five Ready
 * nodes.
 * `npx tsx bench/kubeadm.ts [runs]`, as root. Prints one JSON line a run and the median.
 */
import { newestHere } from '../src/artifacts/index.js';
import { kubeadmUp, type KubeadmTimes, withLab } from '../src/lab/index.js';

const runs = Number(process.argv[2] ?? 1);
const options = {
  progress: (says: string) => {
    process.stderr.write(`${says}\n`);
  },
};
const name = 'bench-kubeadm';
const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

const all: KubeadmTimes[] = [];
for (let n = 0; n < runs; n += 1) {
  const times = await withLab(
    { name, hosts: 5, ephemeral: true },
    async lab => kubeadmUp(lab, { version: await newestHere() }, options),
    options,
  );
  all.push(times);
  process.stdout.write(`${JSON.stringify(times)}\n`);
}
process.stdout.write(`${JSON.stringify({ runs, medianSeconds: median(all.map(times => times.total)) })}\n`);
