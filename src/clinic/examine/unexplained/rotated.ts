/** Certificates that kubelets got for themselves: one that is half written is missed at the next start, not before. */
import type { Chart } from '../../chart/chart.js';
import { nodesOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import type { Sign } from './sign.js';

const current = /\/kubelet-(client|server)-current\.pem$/;

export const rotatedSigns = (chart: Chart): readonly Sign[] =>
  nodesOf(chart).flatMap(host =>
    ('value' in host.certificates ? host.certificates.value : [])
      .filter(({ path, certificates, problems }) => current.test(path) && certificates.length === 0 && problems[0])
      .map(({ path, problems }) => ({
        kind: 'file' as const,
        host: host.name,
        subject: { path },
        says: `${path} of ${host.name} holds no certificate (${problems[0]}): its kubelet could not be started again`,
        shows: [shown(host.certificates, path, problems.join('; ').slice(0, 300))],
        next: `on ${host.name}: take the file away and restart the kubelet, which asks for a new one: kubectl get csr`,
      })),
  );
