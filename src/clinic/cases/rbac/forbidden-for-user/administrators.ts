/** The administrators' kubeconfigs on control planes, and the role by which they are masters. */
import type { Chart } from '../../../chart/chart.js';
import { objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { can } from '../../../read/rbac.js';
import { certificateText, shown } from '../../../read/shown.js';
import { whoIs, whoText } from '../../../read/who.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';

const group = 'rbac.authorization.k8s.io';
const everything = { verb: '*', group: '*', resource: '*' };

export const administrators = (chart: Chart, eyes: Eyes): readonly Finding[] => [
  ...masters(chart, eyes),
  ...hostsOf(chart, 'controlPlane').flatMap(host => {
    eyes.see(host.processes);
    eyes.see(host.files);
    eyes.see(host.kubeconfigs);
    return kubeconfigsInUse(host)
      .filter(use => use.program === 'kubectl' && !use.personal)
      .flatMap(({ path }): readonly Finding[] => {
        const leaf = eyes.kubeconfig(host, path)?.client[0];
        if (!leaf) return [];
        const who = whoIs(leaf);
        const may = can(chart, who, everything);
        // Where bindings cannot be asked for, the defaults decide: only these two groups are bound to cluster-admin.
        const refused =
          may.may === false ||
          (may.may === undefined &&
            ('missing' in chart.api.version || isTurnedAway(chart, who.user)) &&
            !who.groups.includes('kubeadm:cluster-admins'));
        return !refused
          ? []
          : [
              {
                variant: 'administrator',
                host: host.name,
                subject: path,
                says: `${path} on ${host.name} is seen by the server as ${whoText(who)}; no binding lets that name or group administer the cluster (they are "system:masters", or from 1.29 "kubeadm:cluster-admins")`,
                shows: [shown(host.kubeconfigs, path, certificateText(leaf))],
              },
            ];
      });
  }),
];

/** The examination itself came with this user's certificate, and was not let in: no administrator's is. */
const isTurnedAway = (chart: Chart, user: string): boolean => {
  const bindings = chart.api.objects[`clusterrolebindings.${group}`];
  return (
    bindings !== undefined &&
    'missing' in bindings &&
    bindings.missing.includes('forbidden') &&
    bindings.missing.includes(`User "${user}"`)
  );
};

/** The group system:masters is served without RBAC (kubernetes#97758, #119036): its binding alone may be gone, and nobody is the worse for it. All others that are bound to the role need it. */
function masters(chart: Chart, eyes: Eyes): readonly Finding[] {
  const [roles, bindings] = [`clusterroles.${group}`, `clusterrolebindings.${group}`].map(list =>
    objectsSeen(eyes, chart, list),
  );
  if (!roles || !bindings) return [];
  const role = roles.find(one => one.metadata.name === 'cluster-admin');
  if (
    listAt(role, 'rules').some(
      rule => [...listAt(rule, 'verbs')].includes('*') && [...listAt(rule, 'resources')].includes('*'),
    )
  )
    return [];
  const others = bindings
    .filter(one => at(one, 'roleRef', 'name') === 'cluster-admin' && one.metadata.name !== 'cluster-admin')
    .map(one => one.metadata.name);
  const who =
    others.length > 0
      ? `those bound to it by ${others.join(', ')} may do nothing by that`
      : 'whoever will be bound to it may do nothing by that';
  return [
    {
      variant: 'cluster-admin',
      host: 'cluster',
      subject: 'cluster-admin',
      says: `the role cluster-admin ${role ? 'does not allow everything' : 'is missing'}: ${who}; only certificates of the group system:masters, which are served without RBAC, still administer the cluster`,
      shows: [
        shownObject(
          chart,
          `clusterroles.${group}`,
          'cluster-admin',
          role ? JSON.stringify({ rules: role.rules }) : 'not found',
        ),
      ],
    },
  ];
}
