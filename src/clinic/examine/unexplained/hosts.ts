/** What hosts say of themselves: units that fail or restart, health addresses that say no, etcd's own complaints. */
import type { Chart } from '../../chart/chart.js';
import type { HostChart, UnitSeen } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { addressIn } from '../../read/etcd-members.js';
import { flagsOf } from '../../read/flags.js';
import { kubeletConf, kubeletOf, nodeNameOf } from '../../read/kubelet.js';
import { listed, textAt } from './nodes.js';
import { shown } from '../../read/shown.js';
import type { Sign } from './sign.js';

const component = /^(kw-|kube|etcd|containerd|crio|docker|cri-docker|haproxy|keepalived|k3s|rke2|k0s)/;
const needed =
  /^(kubelet|kube-(apiserver|controller-manager|scheduler|proxy)|etcd|containerd|(kw-)?(haproxy|keepalived))\.service$/;
const recent = 30 * 60_000;
const often = 3;
const briefly = 45_000;

export const unitSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host =>
    ('value' in host.units ? host.units.value : []).flatMap(unit => {
      if (unit.name === 'kubelet.service' && waitsToJoin(chart, host)) return [];
      const why = component.test(unit.name) ? unitTrouble(unit, Date.parse(chart.now)) : undefined;
      if (why === undefined) return [];
      return [
        {
          kind: 'unit' as const,
          host: host.name,
          subject: { unit: unit.name },
          says: `${unit.name} on ${host.name} ${why}`,
          shows: [
            shown(
              host.units,
              `systemctl show ${unit.name}`,
              `${unit.active} (${unit.sub}), result ${unit.result}, ${unit.restarts} restarts`,
            ),
          ],
          next: `on ${host.name}: systemctl status ${unit.name}; journalctl -u ${unit.name} --since -30min`,
        },
      ];
    }),
  );

/** Before kubeadm join the kubelet of the package restarts until somebody gives it a kubeconfig. */
const waitsToJoin = (chart: Chart, host: HostChart): boolean =>
  'value' in host.kubeconfigs &&
  !host.kubeconfigs.value.some(one => one.path === kubeletConf) &&
  !flagsOf(host, 'kubelet').inForce?.get('kubeconfig')?.startsWith('/var') &&
  !listed(chart, 'pods').some(pod => textAt(pod, 'spec', 'nodeName') === nodeNameOf(host)) &&
  'value' in host.files &&
  !host.files.value.some(file => file.path === kubeletOf(host).path);

/** A unit that is off on purpose is not a fault; one that restarted long ago and runs since has got over it. */
const unitTrouble = (unit: UnitSeen, now: number): string | undefined => {
  const wanted = unit.enabled !== 'disabled' && unit.enabled !== 'masked';
  if (unit.active === 'failed' && (wanted || needed.test(unit.name))) return `has failed (${unit.result})`;
  if (unit.sub === 'auto-restart') return `is being restarted again and again (${unit.restarts} times so far)`;
  if (unit.active === 'inactive' && unit.enabled === 'enabled' && needed.test(unit.name)) return 'does not run';
  return unit.restarts >= often && now - Date.parse(unit.startedAt ?? '') <= enough(unit)
    ? `restarts again and again: ${unit.restarts} times, the last of them at ${unit.startedAt}`
    : undefined;
};

/** Milliseconds after which one that restarted again and again has got over it: it never ran a third as long before. */
const enough = ({ restartedAt = [] }: UnitSeen): number => {
  const times = restartedAt.map(one => Date.parse(one));
  const ran = times.slice(1).map((one, index) => one - (times[index] ?? one));
  return ran.length === 0 ? recent : Math.min(recent, Math.max(briefly, 3 * Math.max(...ran)));
};

export const healthSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host =>
    Object.entries('value' in host.health ? host.health.value : {}).flatMap(([url, answer]) =>
      healthTroubles(host, url, answer).map(check => ({
        kind: check.kind,
        host: host.name,
        subject: { url, ...(check.name !== '' && { check: check.name }) },
        says: `${url} of ${host.name} ${check.says}`,
        shows: [shown(host.health, `GET ${url}`, answer.slice(0, 600))],
        next:
          check.kind === 'readyz'
            ? `kubectl get --raw '/readyz?verbose' against ${host.name}, and the log of its kube-apiserver`
            : `on ${host.name}: curl -k ${url}, and the log of what listens there`,
      })),
    ),
  );

interface HealthTrouble {
  readonly kind: 'readyz' | 'health' | 'listener';
  readonly name: string;
  readonly says: string;
}

/** 401 and 403 say only that nobody may ask without a credential. */
const healthTroubles = (host: HostChart, url: string, answer: string): readonly HealthTrouble[] => {
  const kind = url.includes('/readyz') ? ('readyz' as const) : ('health' as const);
  const failed = [...answer.matchAll(/\[-\]\s*(\S+)[^\S\n]*([^\n]*)/g)];
  if (failed.length > 0)
    return failed.map(([, name = '', why = '']) => ({ kind, name, says: `says that check ${name} fails: ${why}` }));
  if (/^5\d\d\b/.test(answer)) return [{ kind, name: '', says: `answers ${answer.slice(0, 100)}` }];
  if (/"health"\s*:\s*"?false/.test(answer)) return [{ kind, name: '', says: 'says that it is not healthy' }];
  const silent = /^(refused|timeout|no-route)\b/.test(answer);
  if (silent && kind === 'readyz' && host.roles.includes('controlPlane'))
    return [{ kind, name: '', says: `does not answer (${answer.slice(0, 60)})` }];
  return isCutOff(host, url, answer)
    ? [
        {
          kind: 'listener',
          name: '',
          says: `cannot be reached (${answer.slice(0, 60)}), though something listens there`,
        },
      ]
    : [];
};

/** What is only busy answers late; the kernel's own refusal of a port at which somebody listens is no answer of his. */
const isCutOff = (host: HostChart, url: string, answer: string): boolean => {
  const port = Number(/^\w+:\/\/[^/]*:(\d+)/.exec(url)?.[1]);
  return (
    /^(refused|no-route)\b/.test(answer) &&
    'value' in host.listening &&
    host.listening.value.some(one => one.protocol === 'tcp' && one.port === port)
  );
};

export const etcdSigns = (chart: Chart): readonly Sign[] => {
  const stopped = chart.stopped?.some(name => chart.hosts.get(name)?.roles.includes('etcd'));
  return hostsOf(chart, 'etcd').flatMap(host => {
    if ('missing' in host.etcd) return [];
    const { alarms } = host.etcd.value;
    // While a member is stopped on purpose, what the others say of it is not a news.
    const status = stopped ? [] : host.etcd.value.status;
    const sign = (what: string, says: string): Sign => ({
      kind: 'etcd',
      host: host.name,
      subject: { etcd: what },
      says,
      shows: [shown(host.etcd, `etcd as ${host.name} sees it`, says.slice(0, 300))],
      next: `on ${host.name}: etcdctl endpoint status --cluster -w table, and etcd's log on the host that it names`,
    });
    return [
      ...status.flatMap(one => [
        ...(one.error === undefined
          ? []
          : [sign(one.endpoint, `etcd at ${one.endpoint} does not answer: ${one.error}`)]),
        ...(one.errors ?? []).map(error => sign(one.endpoint, `etcd at ${one.endpoint} reports: ${error}`)),
      ]),
      ...(stopped ? [] : deafPeers(host)).map(url =>
        sign(
          url,
          `etcd has ${host.name} as a member at ${url}, and ` + 'nobody listens there: its peers do not reach it',
        ),
      ),
      ...alarms.map(alarm => sign('alarm', `etcd holds an alarm: ${alarm}`)),
    ];
  });
};

/** URLs at this host's own address that its etcd, which runs, does not listen at. */
const deafPeers = (host: HostChart): readonly string[] => {
  if (!('value' in host.etcd) || !('value' in host.listening) || !('value' in host.processes)) return [];
  if (!host.processes.value.some(one => one.program === 'etcd')) return [];
  const ports = new Set(host.listening.value.map(one => one.port));
  return host.etcd.value.members
    .flatMap(one => one.peerUrls)
    .filter(url => addressIn(url) === host.address && !ports.has(Number(/:(\d+)\/?$/.exec(url)?.[1])));
};
