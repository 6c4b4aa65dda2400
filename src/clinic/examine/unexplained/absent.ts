/** What should be on a host, or on one of them, and is on none: a program that its neighbours run, a shared address. */
import { type Component, components } from '../../../model/components.js';
import type { Chart } from '../../chart/chart.js';
import type { HostChart, UnitSeen } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import type { Sign } from './sign.js';

export const absentSigns = (chart: Chart): readonly Sign[] => [
  ...components.flatMap(one => unlikeOthers(chart, one)),
  ...heldByNobody(chart),
];

/** Whoever puts another program in its place does so on every host: most of at least three must run it. */
const unlikeOthers = (chart: Chart, { program, roles }: Component): readonly Sign[] => {
  const hosts = hostsOf(chart).filter(
    host =>
      'value' in host.processes &&
      !chart.stopped?.includes(host.name) &&
      host.roles.some(role => (roles as readonly string[]).includes(role)),
  );
  const running = hosts.filter(host => runs(host, program));
  if (hosts.length < 3 || running.length * 2 <= hosts.length) return [];
  return hosts.flatMap(host => {
    const unit = runs(host, program) ? undefined : offUnit(host, program);
    if (!unit) return [];
    const how = unit.load === 'masked' ? 'masked' : 'switched off';
    const others = running.slice(0, 3).map(one => one.name);
    return [
      {
        kind: 'unit' as const,
        host: host.name,
        subject: { unit: unit.name },
        says: `${unit.name} on ${host.name} is ${how} and does not run, as ${program} does on ${others.join(', ')}`,
        shows: [shown(host.units, `systemctl show ${unit.name}`, `${unit.load}, ${unit.active}, ${unit.enabled}`)],
        next:
          `on ${host.name}: see who did it (journalctl, /etc/systemd/system/${unit.name}); ` +
          `systemctl unmask ${unit.name}; systemctl enable --now ${unit.name}`,
      },
    ];
  });
};

const runs = (host: HostChart, program: string): boolean =>
  'value' in host.processes && host.processes.value.some(one => one.program === program);

/** One that is to start at boot, or that has failed, is told of by its own state. */
const offUnit = (host: HostChart, program: string): UnitSeen | undefined =>
  ('value' in host.units ? host.units.value : []).find(
    unit =>
      unit.name === `${program}.service` &&
      unit.active === 'inactive' &&
      (unit.load === 'masked' || (unit.load === 'loaded' && unit.enabled === 'disabled')),
  );

const heldByNobody = (chart: Chart): readonly Sign[] => {
  const { endpoint } = chart.spec ?? {};
  if (endpoint?.balance !== 'virtual-address') return [];
  const address = String(endpoint.address);
  const planes = hostsOf(chart, 'controlPlane').filter(host => !chart.stopped?.includes(host.name));
  const [first] = planes;
  const holds = ({ network }: HostChart): boolean =>
    !('value' in network) || network.value.addresses.some(one => one.address === address);
  if (!first || planes.some(holds)) return [];
  return [
    {
      kind: 'address',
      host: 'cluster',
      subject: { address },
      says: `no control plane holds the virtual address ${address}: whoever calls the API by it reaches nobody`,
      shows: planes.map(host => shown(host.network, 'ip addr', `no ${address}`)),
      next: 'on each control plane: systemctl status kw-keepalived; journalctl -u kw-keepalived -n 30',
    },
  ];
};
