import { idOf, type Resource } from '../../model/resource.js';
import { certificate, etcdHosts, etcdRows } from '../access/certificates.js';
import { formerAddresses } from '../access/former-addresses.js';
import type { HostContext } from '../input.js';
import { bin, pki, units } from '../render/paths.js';
import { type Brought, etcdDefaults, makeUser, ownData, runsAs } from './etcd-defaults.js';
import { etcdKeeping } from './etcd-keeping.js';
import { etcdClientPort, etcdPeerPort, healthOf } from '../../model/components.js';
import { command, oomScore, supervised, unit } from '../render/unit.js';
import { mayFound, memberList } from './etcd-first-start.js';
import { beforeFirstStart } from './etcd-join.js';
import { initialCluster } from './etcd-members.js';
import { etcdFolders, etcdMemberScript, joiners, membership, memberScript, notWithoutData } from './etcd-member.js';
import { file, service, want } from '../wanted.js';
import { marksBefore } from '../rotation/authority.js';
import { program } from './program.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';

const unitFile = `${units}/etcd.service`;
const because = 'etcd keeps the cluster’s state';

/** One member: TLS for clients and peers, supervised, asked for its health before it is called ready. */
export function etcd(site: HostContext): readonly Resource[] {
  const { host } = site;
  const parts = [
    // First: by it the next run knows that a member was begun here, also where the file has taken the role since.
    memberScript(site),
    file(site, `${pki}/etcd/ca.crt`, site.authorities['etcd/ca'], {
      stage: 'etcd',
      because: 'etcd trusts the clients and peers of this CA',
      after: marksBefore(site, 'etcd/ca'),
    }),
    ...etcdRows.map(row => certificate(site, row)),
    program(site, 'etcd', 'etcd'),
    program(site, 'etcdctl', 'etcd'),
    program(site, 'etcdutl', 'etcd'),
    makeUser(host),
    // Whose it is the unit sees to before each start: two things that wait for each other would be two round trips.
    want('directory', host.name, '/var/lib/etcd', { mode: 0o700 }, { stage: 'etcd', because }),
    file(site, unitFile, etcdUnit(site), { stage: 'etcd', because }),
  ].filter(part => part !== undefined);
  const first = beforeFirstStart(site, startLine(site, { 'initial-cluster-state': 'existing' }), [
    `${host.name}/directory//var/lib/etcd`,
    ...health(site),
  ]);
  return [...parts, ...first, member(site, parts, first), ...membership(site), ...etcdKeeping(site)];
}

const member = (site: HostContext, parts: readonly Resource[], first: readonly Resource[]): Resource => {
  const { host } = site;
  return service(
    site,
    'etcd.service',
    {
      reads: [unitFile, `${bin}/etcd`, `${pki}/etcd/ca.crt`],
      guard: quorumWithout(site),
      lifeline: true,
      ...startGuard(site),
      ready: {
        script: joiners(site).includes(site.host) ? answersOrLearns(site) : answers(askedAt(site)),
        seconds: 90,
        says: 'etcd to answer',
      },
    },
    {
      stage: 'etcd',
      because,
      after: [
        `${host.name}/directory//var/lib/etcd`,
        `${host.name}/file/${etcdMemberScript}`,
        idOf(makeUser(host)),
        // It reads them again for every connection: a new one owes no restart.
        ...ownPairs.map(row => `${host.name}/certificate/${row.path}`),
        ...health(site),
        ...first.map(idOf),
      ],
    },
    parts,
  );
};

/** What a member shows to its clients and to others: all but what health questions show to it. */
const ownPairs = etcdRows.filter(row => !row.path.includes('healthcheck'));

/** What the health question needs. */
const health = ({ host, artifacts }: HostContext): readonly string[] => [
  `${host.name}/certificate/${pki}/etcd/healthcheck-client.crt`,
  ...(artifacts.binaries.etcdctl ? [`${host.name}/artifact/${bin}/etcdctl`] : []),
];

export const etcdctl = ({ host }: Pick<HostContext, 'host'>): Script =>
  sh`ETCDCTL_API=3 ${bin}/etcdctl --endpoints=https://${host.address}:${etcdClientPort} --cacert=${pki}/etcd/ca.crt \
--cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=3s`;

export const etcdServers = (site: Pick<HostContext, 'spec'>): string =>
  etcdHosts(site.spec)
    .map(member => `https://${member.address}:${etcdClientPort}`)
    .join(',');

/**
 * A read through the quorum. `endpoint health` asks for more: since 3.5 a member with an alarm is unhealthy, and the
 * therapy of a full etcd has to restart such ones. `h` is not a key of Kubernetes.
 */
const answers = (at: Pick<HostContext, 'host'>): Script => sh`${raw(etcdctl(at))} get h >/dev/null 2>&1`;

/** Where the address changes, by loopback: the member of before must be seen to serve, too, when it is put back. */
const askedAt = (site: HostContext): Pick<HostContext, 'host'> => {
  const { host } = site;
  return { host: formerAddresses(site, host).length > 0 ? { ...host, address: '127.0.0.1' } : host };
};

/** A learner answers nothing by way of the quorum; it votes once its member is recorded. */
const answersOrLearns = (at: Pick<HostContext, 'host'>): Script =>
  sh`${raw(answers(at))} || ${raw(etcdctl(at))} endpoint status -w json 2>/dev/null | grep -q '"isLearner":true'`;

/**
 * A member may only restart while the others hold the quorum by themselves: of those that vote now, where they are
 * fewer or more than the file's, since etcd is growing or shrinking.
 */
function quorumWithout(site: HostContext): Script {
  const others = etcdHosts(site.spec).filter(member => member.name !== site.host.name);
  const needed = Math.floor((others.length + 1) / 2) + 1;
  if (others.length === 0) return sh`true`;
  const asks = others.map(member => sh`${raw(answers({ host: member }))} && alive=$((alive+1))`);
  const list = memberList(etcdctl(site));
  return scripts([
    sh`alive=0 needed=${needed}
voters=$(${raw(list)} | grep -c ', started, .*, false$')
[ "$voters" = 1 ] && exit 0
[ "$voters" = 0 ] || needed=$((voters/2+1))`,
    ...asks,
    sh`[ "$alive" -ge "$needed" ] || { echo \
"only $alive of the ${others.length} other etcd members answer; a restart needs $needed of them"; exit 1; }`,
  ]);
}

/** While no host has data there is no quorum that a new member could stand beside: a first build asks nobody. */
function startGuard(site: HostContext): { readonly startGuard?: Script } {
  const others = etcdHosts(site.spec).filter(member => member.name !== site.host.name);
  const founding = etcdHosts(site.spec).every(member => site.facts.get(member.name)?.etcdDataExists === false);
  if (founding) return {};
  const asks = mayFound(
    site.host,
    others.map(host => etcdctl({ host })),
  );
  return { startGuard: scripts(others.length === 0 ? [notWithoutData] : [notWithoutData, asks]) };
}

function etcdUnit(site: HostContext): string {
  return unit({
    Unit: {
      Description: 'etcd, the key-value store of Kubernetes',
      After: 'network-online.target',
      Wants: 'network-online.target',
      // A disk of its own that is not mounted must not look like a member that never ran.
      RequiresMountsFor: etcdFolders(site).join(' '),
    },
    Service: {
      Type: 'notify',
      ...runsAs(etcdFlags(site)),
      ExecStartPre: [`+${etcdMemberScript} hold`, ...ownData(etcdFlags(site))],
      ExecStart: startLine(site),
      ...supervised,
      ...oomScore(site.fact, 'state'),
      LimitNOFILE: '65536',
      Nice: '-10',
    },
    Install: { WantedBy: 'multi-user.target' },
  });
}

const startLine = (site: HostContext, more: Readonly<Record<string, string>> = {}): string =>
  command(`${bin}/etcd`, { ...etcdFlags(site), ...more });

/** A member, and what its host says of it. */
export interface MemberSite extends Brought, Pick<HostContext, 'host'> {
  readonly fact: Pick<HostContext['fact'], 'etcdDataExists' | 'etcdInitial'>;
}

export const etcdFlags = (site: MemberSite): Record<string, string> => ({
  ...identity(site),
  ...etcdDefaults(site),
});

const identity = ({ spec, host, fact }: MemberSite): Record<string, string> => ({
  name: host.name,
  'data-dir': '/var/lib/etcd',
  'initial-cluster': initialCluster(spec, host, fact),
  'initial-cluster-token': spec.name,
  'initial-cluster-state': 'new',
  'initial-advertise-peer-urls': `https://${host.address}:${etcdPeerPort}`,
  'listen-peer-urls': `https://${host.address}:${etcdPeerPort}`,
  'advertise-client-urls': `https://${host.address}:${etcdClientPort}`,
  'listen-client-urls': `https://127.0.0.1:${etcdClientPort},https://${host.address}:${etcdClientPort}`,
  'listen-metrics-urls': `http://127.0.0.1:${healthOf('etcd').port}`,
  'cert-file': `${pki}/etcd/server.crt`,
  'key-file': `${pki}/etcd/server.key`,
  'client-cert-auth': 'true',
  'trusted-ca-file': `${pki}/etcd/ca.crt`,
  'peer-cert-file': `${pki}/etcd/peer.crt`,
  'peer-key-file': `${pki}/etcd/peer.key`,
  'peer-client-cert-auth': 'true',
  'peer-trusted-ca-file': `${pki}/etcd/ca.crt`,
  'snapshot-count': '10000',
});
