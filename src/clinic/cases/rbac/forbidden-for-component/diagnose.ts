/**
 * Default roles, the names in components' certificates, and the service accounts of addons, held against what RBAC
 * allows.
 */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { can, type Permission, type Subject } from '../../../read/rbac.js';
import { whoIs } from '../../../read/who.js';
import { at, listAt } from '../../../read/yaml.js';
import { subjectText } from '../../../examine/verdict.js';
import { addonNeeds } from './addons.js';
import { type Need, needs } from '../../../read/needs.js';
import { allNeeds, type Facts, type Finding, lists } from './variants.js';

export const refused = (chart: Chart, who: Subject, permissions: readonly Permission[]): readonly Permission[] =>
  permissions.filter(permission => can(chart, who, permission).may === false);

/**
 * With no API to ask for bindings, a name that the defaults do not mean is refused by them: kubeadm and Kubewizard
 * write no others.
 */
const refusedOrUnbound = (chart: Chart, who: Subject, permissions: readonly Permission[]): readonly Permission[] =>
  'missing' in chart.api.version
    ? permissions.filter(permission => can(chart, who, permission).may !== true)
    : refused(chart, who, permissions);

/** The defaults themselves, for the users that they mean. */
export const brokenDefaults = (chart: Chart, evidence: EvidenceReader): readonly Finding[] => {
  const seen = [...lists.wide, ...lists.near].map(list => objectsSeen(evidence, chart, list));
  if (seen.includes(undefined)) return [];
  return unique(
    allNeeds.flatMap((need): readonly Finding[] => {
      const denied = refused(chart, need.who, need.permissions);
      return denied.length === 0 ? [] : [brokenDefault(chart, need, denied)];
    }),
  );
};

function brokenDefault(chart: Chart, need: Need, denied: readonly Permission[]): Finding {
  const [bindings, roles] = need.namespace === undefined ? lists.wide : lists.near;
  const find = (list: string, wanted: string): ApiObject | undefined => {
    const all = chart.api.objects[list];
    return all && 'value' in all
      ? all.value.find(one => one.metadata.name === wanted && one.metadata.namespace === need.namespace)
      : undefined;
  };
  const binding = find(bindings, need.binding);
  const pointsToRole = at(binding, 'roleRef', 'name') === need.role;
  const bound =
    pointsToRole &&
    listAt(binding, 'subjects').some(one =>
      need.who.user === 'anyone'
        ? at(one, 'name') === 'system:authenticated'
        : need.who.user.endsWith(String(at(one, 'name'))),
    );
  const role = find(roles, need.role);
  const facts = { program: need.program, user: need.who.user, binding: need.binding, role: need.role, denied: denied };
  if (!bound)
    return {
      variant: 'binding',
      host: 'cluster',
      subject: { binding: name(need, need.binding) },
      facts: {
        ...facts,
        bound: boundAs(binding, pointsToRole),
        list: bindings,
        ...(binding && { found: { roleRef: binding.roleRef, subjects: binding.subjects } }),
      },
    };
  return {
    variant: 'role',
    host: 'cluster',
    subject: { role: name(need, need.role) },
    facts: { ...facts, isThere: role !== undefined, list: roles, rules: listAt(role, 'rules').length },
  };
}

const boundAs = (binding: ApiObject | undefined, pointsToRole: boolean): Facts['binding']['bound'] =>
  !binding
    ? { is: 'absent' }
    : pointsToRole
      ? { is: 'for-others', subjects: listAt(binding, 'subjects').map(one => String(at(one, 'name'))) }
      : { is: 'to-other-role', role: String(at(binding, 'roleRef', 'name')) };

/** `namespace/name`, or of the cluster. */
export const name = (need: Need, object: string): string =>
  need.namespace === undefined ? object : `${need.namespace}/${object}`;

/** Certificates in components' kubeconfigs: a name nobody is bound to, where the defaults are in order. */
export const strangeIdentities = (
  chart: Chart,
  evidence: EvidenceReader,
  nodeAuthorizer: boolean,
): readonly Finding[] =>
  hostsOf(chart).flatMap(host => {
    evidence.read(host.processes);
    evidence.read(host.files);
    return kubeconfigsInUse(host).flatMap(({ program, path }): readonly Finding[] => {
      const leaf = evidence.kubeconfig(host, path)?.client[0];
      const mine = needs.filter(need => need.program === program);
      if (!leaf) return [];
      const who = whoIs(leaf);
      const finding = (denied: readonly Permission[]): readonly Finding[] =>
        denied.length === 0
          ? []
          : [
              {
                variant: 'identity',
                host: host.name,
                subject: { path },
                facts: {
                  path,
                  program,
                  who,
                  denied,
                  byDefault: 'missing' in chart.api.version,
                  ...(mine[0] && { meant: mine[0].who.user }),
                  leaf,
                },
              },
            ];
      if (program === 'kubelet') {
        if (!nodeAuthorizer || (who.user.startsWith('system:node:') && who.groups.includes('system:nodes'))) return [];
        return finding(
          refusedOrUnbound(chart, who, [
            { verb: 'list', resource: 'services' },
            { verb: 'patch', resource: 'nodes/status' },
          ]),
        );
      }
      if (mine.length === 0 || mine.some(need => need.who.user === who.user)) return [];
      return finding(
        refusedOrUnbound(
          chart,
          who,
          mine.flatMap(need => need.permissions),
        ),
      );
    });
  });

export const deniedAddons = (chart: Chart, evidence: EvidenceReader): readonly Finding[] =>
  addonNeeds(chart, evidence).flatMap(({ workload, who, namespace, name, permissions }): readonly Finding[] => {
    const account = `${namespace}/${name}`;
    const denied = refused(chart, who, permissions);
    return denied.length === 0
      ? []
      : [
          {
            variant: 'service-account',
            host: 'cluster',
            subject: { account },
            facts: { namespace, name, workload, denied },
          },
        ];
  });

const unique = (findings: readonly Finding[]): readonly Finding[] => [
  ...new Map(findings.map(one => [`${one.variant} ${subjectText(one.subject)}`, one])).values(),
];
