/** Default roles, the names in components' certificates, and the service accounts of addons, held against what RBAC allows. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { can, type Deed, type Who } from '../../../read/rbac.js';
import { certificateText, shown } from '../../../read/shown.js';
import { deedText, whoIs, whoText } from '../../../read/who.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';
import { addonNeeds } from './addons.js';
import { allNeeds, name } from './need-of.js';
import { needs, type Need } from '../../../read/needs.js';

const group = 'rbac.authorization.k8s.io';
const lists = {
  wide: [`clusterrolebindings.${group}`, `clusterroles.${group}`],
  near: [`rolebindings.${group}`, `roles.${group}`],
} as const;

export const refused = (chart: Chart, who: Who, deeds: readonly Deed[]): readonly Deed[] =>
  deeds.filter(deed => can(chart, who, deed).may === false);

/** With no API to ask for bindings, a name that the defaults do not mean is refused by them: kubeadm and Kubewizard write no others. */
const strange = (chart: Chart, who: Who, deeds: readonly Deed[]): readonly Deed[] =>
  'missing' in chart.api.version
    ? deeds.filter(deed => can(chart, who, deed).may !== true)
    : refused(chart, who, deeds);

/** The defaults themselves, for the users that they mean. */
export const everywhere = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const seen = [...lists.wide, ...lists.near].map(list => objectsSeen(eyes, chart, list));
  if (seen.includes(undefined)) return [];
  return unique(
    allNeeds.flatMap((need): readonly Finding[] => {
      const no = refused(chart, need.who, need.deeds);
      return no.length === 0 ? [] : [lost(chart, need, no)];
    }),
  );
};

function lost(chart: Chart, need: Need, no: readonly Deed[]): Finding {
  const [bindings, roles] = need.namespace === undefined ? lists.wide : lists.near;
  const find = (list: string, wanted: string): ApiObject | undefined => {
    const all = chart.api.objects[list];
    return all && 'value' in all
      ? all.value.find(one => one.metadata.name === wanted && one.metadata.namespace === need.namespace)
      : undefined;
  };
  const binding = find(bindings, need.binding);
  const points = at(binding, 'roleRef', 'name') === need.role;
  const bound =
    points &&
    listAt(binding, 'subjects').some(one =>
      need.who.user === 'anyone'
        ? at(one, 'name') === 'system:authenticated'
        : need.who.user.endsWith(String(at(one, 'name'))),
    );
  const role = find(roles, need.role);
  const deeds = no.map(deedText).join('; ');
  if (!bound)
    return {
      variant: 'binding',
      host: 'cluster',
      subject: name(need, need.binding),
      says: `${need.program === 'every user' ? 'every user' : `${need.program} (${need.who.user})`} may not ${deeds}: the default binding ${need.binding} ${
        !binding
          ? 'is not there'
          : points
            ? `names ${
                listAt(binding, 'subjects')
                  .map(one => String(at(one, 'name')))
                  .join(', ') || 'nobody'
              }`
            : `points to ${at(binding, 'roleRef', 'name')} instead of ${need.role}`
      }`,
      shows: [
        shownObject(
          chart,
          bindings,
          need.binding,
          binding ? JSON.stringify({ roleRef: binding.roleRef, subjects: binding.subjects }) : 'not found',
        ),
      ],
    };
  return {
    variant: 'role',
    host: 'cluster',
    subject: name(need, need.role),
    says: `${need.program === 'every user' ? 'every user' : `${need.program} (${need.who.user})`} may not ${deeds}: the default role ${need.role} ${role ? 'lacks these rules' : 'is not there'}, though ${need.binding} binds it`,
    shows: [
      shownObject(
        chart,
        roles,
        need.role,
        role ? `${listAt(role, 'rules').length} rules, none of which allows it` : 'not found',
      ),
    ],
  };
}

/** Certificates in components' kubeconfigs: a name nobody is bound to, where the defaults are in order. */
export const components = (chart: Chart, eyes: Eyes, nodeAuthorizer: boolean): readonly Finding[] =>
  hostsOf(chart).flatMap(host => {
    eyes.see(host.processes);
    eyes.see(host.files);
    return kubeconfigsInUse(host).flatMap(({ program, path }): readonly Finding[] => {
      const leaf = eyes.kubeconfig(host, path)?.client[0];
      const mine = needs.filter(need => need.program === program);
      if (!leaf) return [];
      const who = whoIs(leaf);
      const finding = (says: string): Finding => ({
        variant: 'identity',
        host: host.name,
        subject: path,
        says,
        shows: [shown(host.kubeconfigs, path, certificateText(leaf))],
      });
      if (program === 'kubelet') {
        if (!nodeAuthorizer || (who.user.startsWith('system:node:') && who.groups.includes('system:nodes'))) return [];
        return strange(chart, who, [
          { verb: 'list', resource: 'services' },
          { verb: 'patch', resource: 'nodes/status' },
        ]).length === 0
          ? []
          : [
              finding(
                `the kubelet on ${host.name} shows itself as ${whoText(who)}, but the Node authorizer knows only users "system:node:…" of the group "system:nodes"`,
              ),
            ];
      }
      if (mine.length === 0 || mine.some(need => need.who.user === who.user)) return [];
      const no = strange(
        chart,
        who,
        mine.flatMap(need => need.deeds),
      );
      return no.length === 0
        ? []
        : [
            finding(
              `${program} on ${host.name} shows itself as ${whoText(who)}, to whom nothing${'missing' in chart.api.version ? ' by default' : ''} is bound that allows it to ${no.map(deedText).join('; ')}; the defaults mean "${mine[0]?.who.user}"`,
            ),
          ];
    });
  });

export const serviceAccounts = (chart: Chart, eyes: Eyes): readonly Finding[] =>
  addonNeeds(chart, eyes).flatMap(({ workload, who, account, deeds }): readonly Finding[] => {
    const no = refused(chart, who, deeds);
    return no.length === 0
      ? []
      : [
          {
            variant: 'service-account',
            host: 'cluster',
            subject: account,
            says: `${workload} runs as the service account ${account}, which may not ${no.map(deedText).join('; ')}`,
            shows: [
              shownObject(
                chart,
                lists.wide[0],
                account,
                'no binding of this service account leads to a role with such rules',
              ),
            ],
          },
        ];
  });

const unique = (findings: readonly Finding[]): readonly Finding[] => [
  ...new Map(findings.map(one => [`${one.variant} ${one.subject}`, one])).values(),
];
