/** The administrators' kubeconfigs on control planes, and the role by which they are masters. */
import type { Chart } from '../../clinic/chart.js';
import { objectsSeen, shownObject } from '../../clinic/read/api-objects.js';
import type { Eyes } from '../../clinic/read/eyes.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { kubeconfigsInUse } from '../../clinic/read/in-use.js';
import { can } from '../../clinic/read/rbac.js';
import { certificateText, shown } from '../../clinic/read/shown.js';
import { whoIs, whoText } from '../../clinic/read/who.js';
import { at, listAt } from '../../clinic/read/yaml.js';
import type { Finding } from '../../clinic/verdict.js';

const group = 'rbac.authorization.k8s.io';
const everything = { verb: '*', group: '*', resource: '*' };

export const administrators = (chart: Chart, eyes: Eyes): readonly Finding[] => [...masters(chart, eyes), ...hostsOf(chart, 'controlPlane').flatMap(host => {
  eyes.see(host.processes);
  eyes.see(host.files);
  eyes.see(host.kubeconfigs);
  return kubeconfigsInUse(host).filter(use => use.program === 'kubectl' && !use.personal).flatMap(({ path }): readonly Finding[] => {
    const leaf = eyes.kubeconfig(host, path)?.client[0];
    if (!leaf) return [];
    const who = whoIs(leaf);
    const may = can(chart, who, everything);
    // Without the API the defaults decide: only these two groups are bound to cluster-admin.
    const refused = may.may === false || (may.may === undefined && 'missing' in chart.api.version && !who.groups.includes('kubeadm:cluster-admins'));
    return !refused ? [] : [{
      variant: 'administrator', host: host.name, subject: path,
      says: `${path} on ${host.name} is seen by the server as ${whoText(who)}; no binding lets that name or group administer the cluster (they are "system:masters", or from 1.29 "kubeadm:cluster-admins")`,
      shows: [shown(host.kubeconfigs, path, certificateText(leaf))],
    }];
  });
})];

/** Until 1.20 at least, system:masters rules by this binding alone. */
function masters(chart: Chart, eyes: Eyes): readonly Finding[] {
  const [roles, all] = [`clusterroles.${group}`, `clusterrolebindings.${group}`].map(list => objectsSeen(eyes, chart, list));
  const finding = (says: string, text: string): readonly Finding[] => [{ variant: 'cluster-admin', host: 'cluster', subject: 'cluster-admin', says, shows: [shownObject(chart, `clusterrolebindings.${group}`, 'cluster-admin', text)] }];
  if (!roles || !all) {
    const list = chart.api.objects[`clusterrolebindings.${group}`];
    return list && 'missing' in list && /forbidden: User "[^"]+" cannot list/.test(list.missing) && holdsMaster(chart)
      ? finding('the server refuses an administrator whose certificate shows the group system:masters: the binding of that group is gone', list.missing) : [];
  }
  const role = roles.find(one => one.metadata.name === 'cluster-admin');
  const binding = all.find(one => one.metadata.name === 'cluster-admin');
  const bound = at(binding, 'roleRef', 'name') === 'cluster-admin' && listAt(binding, 'subjects').some(one => at(one, 'kind') === 'Group' && at(one, 'name') === 'system:masters');
  const full = listAt(role, 'rules').some(rule => [...listAt(rule, 'verbs')].includes('*') && [...listAt(rule, 'resources')].includes('*'));
  if (bound && full) return [];
  return finding(`the group system:masters is ${bound ? 'bound to cluster-admin, which does not allow everything' : 'not bound to cluster-admin'}: certificates of that group may do nothing`, JSON.stringify(binding ? { roleRef: binding.roleRef, subjects: binding.subjects } : 'not found'));
}

const holdsMaster = (chart: Chart): boolean => hostsOf(chart, 'controlPlane').some(host => 'value' in host.kubeconfigs
  && host.kubeconfigs.value.some(one => one.path.endsWith('/admin.conf') && one.client[0]?.organizations.includes('system:masters')));
