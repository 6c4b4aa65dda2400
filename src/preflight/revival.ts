/** Whether so many certificates have ended that nothing answers, and what must be right before it is revived. */
import { etcdHosts } from '../blueprint/access/certificates.js';
import type { Input } from '../blueprint/input.js';
import { controllerManagerConf, kubeletConf, pki } from '../blueprint/render/paths.js';
import { nodes, withRole } from '../model/cluster.js';
import { clusterHost } from '../model/resource.js';
import type { Plan, Step } from '../model/plan.js';
import { readCertificates } from '../pki/read.js';
import { replacesVersion } from '../plan/disruption.js';
import { error, type Finding } from './finding.js';
import { clockOf } from './judge-clock.js';

/** ISO 8601. */
export interface Expired {
  readonly host: string;
  readonly path: string;
  readonly endedAt: string;
}

export const expiredIn = ({ steps }: Pick<Plan, 'steps'>, now: Date): readonly Expired[] =>
  steps
    .filter(isLeaf)
    .flatMap(({ host, key, changes }) =>
      changes.flatMap(({ field, from }) =>
        field === 'notAfter' && typeof from === 'string' && Date.parse(from) < now.getTime()
          ? [{ host, path: key, endedAt: from }]
          : [],
      ),
    );

const isLeaf = ({ kind }: Step): boolean => kind === 'certificate' || kind === 'kubeconfig';

type Seen = Pick<Input, 'spec' | 'facts'>;

/**
 * Nobody serves the API, or nobody controls, and kubelets cannot report either: whatever comes up first decides about
 * pods. Held controllers are a revival that was cut off.
 */
export function isDead(plan: Pick<Plan, 'steps'>, { spec, facts }: Seen, now: Date): boolean {
  if ([...facts.values()].some(({ controllersHeld }) => controllersHeld)) return true;
  const ended = new Set(expiredIn(plan, now).map(({ host, path }) => `${host} ${path}`));
  const has = (paths: readonly string[]) => (host: { readonly name: string }) =>
    paths.some(path => ended.has(`${host.name} ${path}`));
  const planes = withRole(spec, 'controlPlane').filter(({ name }) => facts.has(name));
  const members = etcdHosts(spec);
  const silent =
    members.filter(host => !has(etcdPairs)(host)).length < Math.floor(members.length / 2) + 1 ||
    planes.every(has(apiPairs));
  const cannotReport = new Set([...ended].filter(one => one.endsWith(` ${kubeletConf}`)).map(one => one.split(' ')[0]));
  for (const { host, key, changes } of plan.steps)
    if (key === kubeletConf && changes.some(({ verb }) => verb === 'create')) cannotReport.add(host);
  const dead = silent || planes.every(has([controllerManagerConf]));
  return planes.length > 0 && dead && cannotReport.size > 0;
}

const etcdPairs = ['server', 'peer'].map(name => `${pki}/etcd/${name}.crt`);
const apiPairs = ['apiserver', 'apiserver-etcd-client'].map(name => `${pki}/${name}.crt`);

export interface Before extends Seen {
  readonly authorities: Input['authorities'];
  readonly steps: Plan['steps'];
  /** Hosts that a person goes on without. */
  readonly without: readonly string[];
  /** Seconds since 1970 by the clock of each host, and by the control machine's when the answer came. */
  readonly clocks: ReadonlyMap<string, { readonly there: number; readonly here: number }>;
  readonly now: Date;
}

/** Errors: nothing is changed while one of them stands. */
export const revivalFindings = (before: Before): readonly Finding[] => [
  ...endedAuthorities(before),
  ...clocksApart(before),
  ...unseenNodes(before),
  ...otherVersion(before),
];

const endedAuthorities = ({ authorities, now }: Before): readonly Finding[] =>
  Object.entries(authorities).flatMap(([name, pem]) => {
    const ended = readCertificates(pem).certificates.find(({ notAfter }) => Date.parse(notAfter) <= now.getTime());
    if (!ended) return [];
    const found = error(
      'authority-ended',
      `the CA ${name} (${ended.subject}) has ended too, on ${ended.notAfter.slice(0, 10)}, and kw does not sign it: ` +
        'it is its owner’s, or is being exchanged',
      'have it signed anew by whoever made it, with its own key and subject, and put that into pki.ca; of one that ' +
        'is being exchanged: docs/operations/revive.md',
    );
    return [{ host: clusterHost, ...found }];
  });

/** Where the hosts agree with each other, it is the control machine's clock that is wrong. */
function clocksApart({ clocks }: Before): readonly Finding[] {
  const found = [...clocks].flatMap(([host, { there, here }]) =>
    clockOf(there, here)
      .filter(({ severity }) => severity === 'error')
      .map(one => ({ host, ...one })),
  );
  const offsets = [...clocks.values()].map(({ there, here }) => there - here);
  const agree = offsets.length > 1 && Math.max(...offsets) - Math.min(...offsets) <= 30;
  if (found.length === 0 || found.length < clocks.size || !agree) return found;
  const days = Math.round(Math.abs(offsets[0] ?? 0) / 86_400);
  return [
    {
      host: clusterHost,
      ...error(
        'own-clock-off',
        `all ${clocks.size} hosts agree with each other, and this machine’s clock is ${days} d away from theirs: ` +
          'what has ended by it may be valid',
        'set the clock of this machine (chrony, systemd-timesyncd); then kw certs',
      ),
    },
  ];
}

const unseenNodes = ({ spec, facts, without }: Before): readonly Finding[] =>
  nodes(spec)
    .filter(({ name }) => !facts.has(name) && !without.includes(name))
    .map(({ name }) => ({
      host: name,
      ...error(
        'revive-unseen',
        'it cannot be seen, so it would not report: some five minutes after the controllers begin, its pods would be ' +
          'taken from it',
        `make it reachable; or go on without it: kw revive --without ${name}`,
      ),
    }));

/** One thing at a time. */
const otherVersion = ({ spec, steps }: Before): readonly Finding[] =>
  steps.filter(replacesVersion).some(({ changes }) => changes.length > 0)
    ? [
        {
          host: clusterHost,
          ...error(
            'revive-and-version',
            `the file wants other versions of programs (Kubernetes ${spec.kubernetes}) than those that are there`,
            'write the version that runs into the file (kw plan shows it), kw revive, and only then the new one',
          ),
        },
      ]
    : [];
