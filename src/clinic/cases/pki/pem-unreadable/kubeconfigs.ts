import type { HostChart } from '../../../chart/host-chart.js';
import type { KubeconfigSeen } from '../../../chart/seen.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { bootstrapsWith } from '../../../read/kubelet.js';
import { isElsewhere } from '../../../read/own-files.js';
import type { Fault, Finding } from './variants.js';

/** Only of kubelets a missing kubeconfig is not an illness: they write it anew from what they were given before. */
export const kubeconfigs = (host: HostChart, evidence: EvidenceReader): readonly Finding[] =>
  kubeconfigsInUse(host).flatMap(({ program, path }): readonly Finding[] => {
    const seen = evidence.kubeconfig(host, path);
    if (seen === undefined || (seen === null && (program === 'kubelet' || program === 'kube-proxy'))) return [];
    if (seen === null && isElsewhere(host, program, path, evidence)) return [];
    const at = { host: host.name, subject: { path } };
    const fault = faultOf(seen);
    // It asks for that certificate now.
    if (program === 'kubelet' && fault?.is === 'no-client' && bootstrapsWith(host, evidence)) return [];
    if (fault)
      return [
        {
          variant: 'kubeconfig-unreadable',
          ...at,
          facts: { path, program, fault },
        },
      ];
    if (seen?.keyMatches !== false) return [];
    const [leaf] = seen.client;
    return [
      {
        variant: 'kubeconfig-key',
        ...at,
        facts: { path, user: leaf?.commonName ?? 'somebody', leaf },
      },
    ];
  });

const faultOf = (seen: KubeconfigSeen | null): Fault | undefined => {
  if (seen === null) return { is: 'absent' };
  const { value, problems, ca, client } = seen;
  if (problems.length > 0) return { is: 'broken', problems };
  if (!value) return { is: 'no-cluster' };
  if (value.caPem !== undefined && ca.length === 0) return { is: 'no-authority' };
  const isTold = value.certPem !== undefined || value.certPath !== undefined;
  return isTold && client.length === 0 ? { is: 'no-client' } : undefined;
};
