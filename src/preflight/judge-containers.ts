/**
 * Whether somebody else's containers live there. Kubewizard configures and restarts containerd; a host whose containerd
 * serves others too is none to build upon.
 */
import type { Host } from '../model/cluster.js';
import type { PreflightFacts } from './questions.js';
import { error, type Found, warning } from './finding.js';

export function* judgeContainers(host: Host, { containers, leftovers }: PreflightFacts): Iterable<Found> {
  // Hosts of etcd or of a load balancer alone get no containerd.
  if (!containers || !(host.roles.includes('controlPlane') || host.roles.includes('worker'))) return;
  const { namespaces, runtimes, silent } = containers;
  yield* otherRuntimes(runtimes);
  yield* othersContent(
    namespaces.filter(each => each.name !== 'k8s.io' && !(each.name === 'moby' && runtimes.includes('docker'))),
  );
  const pods = namespaces.find(each => each.name === 'k8s.io')?.containers ?? 0;
  if (pods > 0 && leftovers && !leftovers.ours)
    yield error(
      'foreign-pods',
      `its containerd holds ${pods} containers of another cluster’s pods`,
      'kubeadm reset (or that distribution’s way to leave); crictl rmp -fa removes pods that are left',
    );
  if (silent)
    yield warning(
      'containerd-silent',
      'containerd runs there and does not say what it holds',
      'look yourself: ctr namespaces ls, ctr -n NAME containers ls',
    );
}

type Containers = NonNullable<PreflightFacts['containers']>;

function* otherRuntimes(runtimes: Containers['runtimes']): Iterable<Found> {
  if (runtimes.includes('docker'))
    yield error(
      'docker-runs',
      'Docker runs there, on the containerd that Kubewizard would configure and restart',
      'choose another host; or move its containers away and take Docker off: apt-get purge docker.io docker-ce ' +
        'containerd.io (dnf remove docker-ce containerd.io)',
    );
  if (runtimes.includes('crio'))
    yield warning('other-runtime', 'CRI-O runs there too', 'one runtime is enough: systemctl disable --now crio');
}

function* othersContent(namespaces: Containers['namespaces']): Iterable<Found> {
  const used = namespaces.filter(each => each.containers > 0);
  const stored = namespaces.filter(each => each.containers === 0 && each.images > 0);
  if (used.length > 0)
    yield error(
      'foreign-containers',
      'its containerd holds somebody else’s containers: ' +
        `${used.map(each => `${each.containers} in ${each.name}`).join(', ')}`,
      `choose another host; or remove them where they are not needed: ctr -n ${used[0]?.name} containers ls`,
    );
  if (stored.length > 0)
    yield warning(
      'foreign-images',
      `its containerd holds somebody else’s images: ${stored.map(each => `${each.images} in ${each.name}`).join(', ')}`,
      'they stay, also on kw reset; but containerd gets Kubewizard’s configuration',
    );
}
