/**
 * Bad cures that somebody has already applied, where they leave evidence: shown with the reason, no verdict of their
 * own.
 */
import type { BadCure, Case } from '../case.js';
import type { ApiObject, Chart } from '../chart/chart.js';
import { fullName } from '../read/api-objects.js';
import { flagsOf } from '../read/flags.js';
import { hostsOf, nodesOf } from '../read/hosts.js';
import { at, listAt } from '../read/yaml.js';
import type { Shown } from './verdict.js';
import { shown } from '../read/shown.js';

/** A bad cure in place: whose it is, what it was, why it is bad, and where it shows. */
export interface InPlace {
  readonly case: string;
  readonly cure: string;
  readonly why: string;
  readonly shows: readonly Shown[];
}

interface Trace {
  readonly case: string;
  /** A sample of the cure: by it the case's own words are found. */
  readonly like: string;
  readonly readAnswer: (chart: Chart) => readonly Shown[];
}

export const badCuresInPlace = (chart: Chart, cases: readonly Case[]): readonly InPlace[] =>
  traces.flatMap(trace => {
    const cure = cureOf(
      cases.find(one => one.id === trace.case),
      trace.like,
    );
    const shows = cure ? trace.readAnswer(chart) : [];
    return cure && shows.length > 0 ? [{ case: trace.case, cure: cure.cure, why: cure.why, shows }] : [];
  });

const cureOf = (one: Case | undefined, sample: string): BadCure | undefined =>
  one?.badCures?.find(({ text }) => text?.test(sample));

const objects = (chart: Chart, list: string): readonly ApiObject[] => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : [];
};

/** Of an object: where it was seen, and the words that matter. */
const ofObject = (chart: Chart, list: string, one: ApiObject, text: string): readonly Shown[] => {
  const found = chart.api.objects[list];
  return found ? [shown(found, `${list} ${fullName(one)}`, text)] : [];
};

const ofFlag = (chart: Chart, program: string, flag: string, bad: (value: string) => boolean): readonly Shown[] =>
  hostsOf(chart).flatMap(host => {
    const value = flagsOf(host, program).running?.get(flag);
    return value !== undefined && bad(value) ? [shown(host.processes, `argv of ${program}`, `--${flag}=${value}`)] : [];
  });

const everybody = ['system:anonymous', 'system:unauthenticated'];

const traces: readonly Trace[] = [
  {
    case: 'kubelet-certificate-not-trusted',
    like: '--kubelet-insecure-tls',
    readAnswer: chart =>
      objects(chart, 'deployments.apps').flatMap(one =>
        listAt(one, 'spec', 'template', 'spec', 'containers').some(container =>
          [...listAt(container, 'args'), ...listAt(container, 'command')].some(word =>
            /^--kubelet-insecure-tls(=true)?$/.test(String(word)),
          ),
        )
          ? ofObject(chart, 'deployments.apps', one, '--kubelet-insecure-tls')
          : [],
      ),
  },
  {
    case: 'node-name-mismatch',
    like: 'disable-admission-plugins=NodeRestriction',
    readAnswer: chart =>
      ofFlag(chart, 'kube-apiserver', 'disable-admission-plugins', value =>
        value.split(',').includes('NodeRestriction'),
      ),
  },
  {
    case: 'dns-loop',
    like: 'delete the loop plugin',
    readAnswer: chart =>
      objects(chart, 'configmaps').flatMap(one => {
        const text = at(one, 'data', 'Corefile');
        return fullName(one) === 'kube-system/coredns' &&
          typeof text === 'string' &&
          /^\s*forward\s/m.test(text) &&
          !/^\s*loop\s*$/m.test(text)
          ? ofObject(chart, 'configmaps', one, 'a Corefile with forward and without loop')
          : [];
      }),
  },
  {
    case: 'client-and-server-disagree-on-ca',
    like: 'insecure-skip-tls-verify',
    readAnswer: chart =>
      hostsOf(chart).flatMap(host =>
        ('value' in host.kubeconfigs ? host.kubeconfigs.value : []).flatMap(one =>
          one.value?.insecure ? [shown(host.kubeconfigs, one.path, 'insecure-skip-tls-verify: true')] : [],
        ),
      ),
  },
  {
    case: 'forbidden-for-component',
    like: '--authorization-mode=AlwaysAllow',
    readAnswer: chart =>
      ofFlag(chart, 'kube-apiserver', 'authorization-mode', value => value.split(',').includes('AlwaysAllow')),
  },
  {
    case: 'apiserver-to-kubelet-forbidden',
    like: 'clusterrolebinding x --clusterrole=cluster-admin --user=system:anonymous',
    readAnswer: chart =>
      objects(chart, 'clusterrolebindings.rbac.authorization.k8s.io').flatMap(one =>
        at(one, 'roleRef', 'name') === 'cluster-admin' &&
        listAt(one, 'subjects').some(subject => everybody.includes(String(at(subject, 'name'))))
          ? ofObject(
              chart,
              'clusterrolebindings.rbac.authorization.k8s.io',
              one,
              `cluster-admin for ${listAt(one, 'subjects')
                .map(subject => at(subject, 'name'))
                .join(', ')}`,
            )
          : [],
      ),
  },
  {
    case: 'apiserver-to-kubelet-forbidden',
    like: 'kubelet --authorization-mode=AlwaysAllow',
    readAnswer: chart =>
      nodesOf(chart).flatMap(host =>
        flagsOf(host, 'kubelet').running?.get('authorization-mode') === 'AlwaysAllow'
          ? [shown(host.processes, 'argv of kubelet', '--authorization-mode=AlwaysAllow')]
          : [],
      ),
  },
  {
    case: 'etcd-peer-san',
    like: '--peer-client-cert-auth=false',
    readAnswer: chart => ofFlag(chart, 'etcd', 'peer-client-cert-auth', value => value === 'false'),
  },
  {
    case: 'waiting-for-leader-lease',
    like: '--leader-elect=false',
    readAnswer: chart =>
      ['kube-scheduler', 'kube-controller-manager'].flatMap(program =>
        hostsOf(chart, 'controlPlane').length > 1
          ? ofFlag(chart, program, 'leader-elect', value => value === 'false')
          : [],
      ),
  },
];
