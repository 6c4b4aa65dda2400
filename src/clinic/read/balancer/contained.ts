/** Files of a program in a container, as its host has them. */
import type { HostChart, ProcessSeen } from '../../chart/host-chart.js';
import { readFlags } from '../flags.js';
import { staticPods } from '../manifests.js';

/** The path on the host of what a container of a static pod mounts; the path itself where none is known to. */
export const pathOnHost = (host: HostChart, program: string, path: string): string => {
  for (const container of staticPods(host).flatMap(pod => pod.containers)) {
    if (container.name !== program && !container.image.includes(program)) continue;
    const [mount, from] =
      Object.entries(container.mounts).find(([at]) => path === at || path.startsWith(`${at.replace(/\/$/, '')}/`)) ??
      [];
    if (mount && from) return `${from.replace(/\/$/, '')}${path.slice(mount.replace(/\/$/, '').length)}`;
  }
  return path;
};

/** Where the configuration of a haproxy that runs lies on its host. */
export const haproxyConfig = (host: HostChart, { argv, contained }: ProcessSeen): string => {
  const after = argv.includes('-f') ? argv[argv.indexOf('-f') + 1] : undefined;
  const told = after ?? readFlags(argv).get('f') ?? '/etc/haproxy/haproxy.cfg';
  return contained ? pathOnHost(host, 'haproxy', told) : told;
};
