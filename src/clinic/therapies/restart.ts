/** Whoever reads a file is started again: a unit by systemd, a static pod by its kubelet. */
import type { Resource, ResourceId } from '../../model/resource.js';
import type { HostChart } from '../chart/host-chart.js';
import { certificatesInUse, kubeconfigsInUse } from '../read/in-use.js';
import { isContained } from '../read/supervision.js';
import { freshUnit } from './files.js';
import { restartedPod } from './static-pod.js';

/** For every component of the host that reads one of `paths`. */
export const restartOf = (
  host: HostChart,
  paths: readonly string[],
  because: string,
  after: readonly ResourceId[] = [],
): readonly Resource[] => {
  const all: readonly { readonly program: string; readonly path: string; readonly key?: string }[] = [
    ...certificatesInUse(host),
    ...kubeconfigsInUse(host),
  ];
  const uses = all.filter(use => paths.includes(use.path) || (use.key !== undefined && paths.includes(use.key)));
  const programs = [...new Set(uses.map(use => use.program))].filter(program => program !== 'kubectl');
  return programs.map(program => restarted(host, program, paths, because, after));
};

export const restarted = (
  host: HostChart,
  program: string,
  reads: readonly string[],
  because: string,
  after: readonly ResourceId[] = [],
): Resource =>
  isContained(host, program)
    ? restartedPod(program, reads, { host: host.name, because, after })
    : freshUnit(`${program}.service`, reads, {
        host: host.name,
        because,
        after,
        stage:
          program === 'kubelet' || program === 'kube-proxy' ? 'nodes' : program === 'etcd' ? 'etcd' : 'control-plane',
      });
