/** The administrators' kubeconfigs on control planes, and the role by which they are masters. */
import { isAdministrator } from '../../../../model/administrators.js';
import type { Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { can } from '../../../read/rbac.js';
import { whoIs } from '../../../read/who.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Finding } from './variants.js';

const group = 'rbac.authorization.k8s.io';
const everything = { verb: '*', group: '*', resource: '*' };

/** While the very role is gone, no certificate of those that are bound to it is to blame. */
export const administrators = (chart: Chart, evidence: EvidenceReader): readonly Finding[] => {
  const role = masters(chart, evidence);
  return role.length > 0 ? role : turnedAway(chart, evidence);
};

const turnedAway = (chart: Chart, evidence: EvidenceReader): readonly Finding[] =>
  hostsOf(chart, 'controlPlane').flatMap(host => {
    evidence.read(host.processes);
    evidence.read(host.files);
    evidence.read(host.kubeconfigs);
    return kubeconfigsInUse(host)
      .filter(use => use.program === 'kubectl' && !use.personal)
      .flatMap(({ path }): readonly Finding[] => {
        const leaf = evidence.kubeconfig(host, path)?.client[0];
        if (!leaf) return [];
        const who = whoIs(leaf);
        const may = can(chart, who, everything);
        // Where bindings cannot be asked for, the defaults decide: only these are bound to cluster-admin.
        const refused =
          may.may === false ||
          (may.may === undefined &&
            ('missing' in chart.api.version || isTurnedAway(chart, who.user)) &&
            !who.groups.includes('kubeadm:cluster-admins') &&
            !isAdministrator(who.user));
        return !refused
          ? []
          : [
              {
                variant: 'administrator' as const,
                host: host.name,
                subject: { path },
                facts: { path, who, leaf },
              },
            ];
      });
  });

/** The examination itself came with this user's certificate, and was not let in: no administrator's is. */
const isTurnedAway = (chart: Chart, user: string): boolean => {
  const bindings = chart.api.objects[`clusterrolebindings.${group}`];
  return bindings !== undefined && 'missing' in bindings && bindings.forbiddenTo === user;
};

/**
 * The group system:masters is served without RBAC (kubernetes#97758, #119036): its binding alone may be gone, and
 * nobody is the worse for it. All others that are bound to the role need it.
 */
function masters(chart: Chart, evidence: EvidenceReader): readonly Finding[] {
  const [roles, bindings] = [`clusterroles.${group}`, `clusterrolebindings.${group}`].map(list =>
    objectsSeen(evidence, chart, list),
  );
  if (!roles || !bindings) return [];
  const role = roles.find(one => one.metadata.name === 'cluster-admin');
  if (
    listAt(role, 'rules').some(
      rule => [...listAt(rule, 'verbs')].includes('*') && [...listAt(rule, 'resources')].includes('*'),
    )
  )
    return [];
  const leading = bindings
    .filter(one => at(one, 'roleRef', 'name') === 'cluster-admin' && one.metadata.name !== 'cluster-admin')
    .map(one => one.metadata.name);
  return [
    {
      variant: 'cluster-admin',
      host: 'cluster',
      subject: { role: 'cluster-admin' },
      facts: { isThere: role !== undefined, ...(role && { rules: role.rules }), bindings: leading },
    },
  ];
}
