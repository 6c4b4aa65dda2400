/** How the API servers decide: only where RBAC has the last word do its objects prove anything. */
import type { Chart } from '../../../chart/chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import type { Finding } from './variants.js';

export interface Servers {
  readonly decides: boolean;
  readonly findings: readonly Finding[];
}

export const servers = (chart: Chart, evidence: EvidenceReader): Servers => {
  const modes = hostsOf(chart, 'controlPlane').flatMap(host => {
    evidence.read(host.processes);
    evidence.read(host.files);
    const flags = flagsOf(host, 'kube-apiserver').inForce;
    const config = flags?.get('authorization-config') ?? flags?.get('openshift-config');
    return flags ? [{ host, modes: flags.all('authorization-mode'), config }] : [];
  });
  if (modes.length === 0) {
    evidence.note('cluster', 'authorization-mode', 'no API server was seen running, nor a unit or manifest of one');
    return { decides: false, findings: [] };
  }
  // Authorizers outside may allow what RBAC does not; a file of authorizers (1.29) is not read here.
  const outside = modes.find(
    one => one.config !== undefined || one.modes.includes('Webhook') || one.modes.includes('ABAC'),
  );
  if (outside) {
    evidence.note(
      outside.host.name,
      'authorization',
      `${outside.config ?? outside.modes.join(',')} decides too, and is not asked here`,
    );
    return { decides: false, findings: [] };
  }
  const open = modes.filter(one => one.modes.length === 0 || one.modes.includes('AlwaysAllow'));
  const findings = modes
    .filter(one => !open.includes(one))
    .flatMap(({ host, modes: has }): readonly Finding[] => {
      const lacks = ['Node', 'RBAC'].filter(mode => !has.includes(mode));
      return lacks.length === 0
        ? []
        : [
            {
              variant: 'authorizer',
              host: host.name,
              subject: { program: 'kube-apiserver' },
              facts: { modes: has, lacks },
            },
          ];
    });
  return { decides: open.length < modes.length, findings };
};
