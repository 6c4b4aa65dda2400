import type { ClusterSpec } from '../model/cluster.js';
import type { PreflightFacts } from './questions.js';
import { error, type Finding, type Found, warning } from './finding.js';
import { clockOf } from './judge-clock.js';
import { judgeContainers } from './judge-containers.js';
import { takenAddress } from './judge-endpoint.js';
import { judgeMachine } from './judge-machine.js';
import { judgeNetwork } from './judge-network.js';
import { judgeSystem } from './judge-system.js';

/**
 * What stands in the way of a build. `deskClock`: by host, the control machine's seconds since 1970 when the host's
 * answer came. Hosts without facts are not judged: they could not be asked, which somebody else reports.
 */
export function judgePreflight(
  spec: ClusterSpec,
  facts: ReadonlyMap<string, PreflightFacts>,
  ownClock: ReadonlyMap<string, number>,
): readonly Finding[] {
  const [twins, taken] = [sameIdentity(facts), takenAddress(spec, facts)];
  return spec.hosts.flatMap(host => {
    const seen = facts.get(host.name);
    if (!seen) return [];
    const found: readonly Found[] = [
      ...unknown(seen),
      ...judgeMachine(spec, host, seen),
      ...judgeSystem(spec, host, seen),
      ...judgeNetwork(spec, host, seen),
      ...judgeContainers(host, seen),
      ...clockOf(seen.clock, ownClock.get(host.name)),
      ...(twins.get(host.name) ?? []),
      ...(taken.get(host.name) ?? []),
    ];
    return found.map(each => ({ host: host.name, ...each }));
  });
}

function unknown(facts: PreflightFacts): readonly Found[] {
  const parts = (
    ['system', 'size', 'kernel', 'sysctls', 'ports', 'identity', 'leftovers', 'containers', 'reach', 'clock'] as const
  ).filter(part => facts[part] === undefined);
  return parts.length === 0
    ? []
    : [
        warning(
          'preflight-unknown',
          `its ${parts.join(', ')} could not be read`,
          'install procps and iproute2, or look for yourself',
        ),
      ];
}

/** Hosts cloned from one image. A name or machine-id that two share makes one node of them. */
function sameIdentity(facts: ReadonlyMap<string, PreflightFacts>): ReadonlyMap<string, readonly Found[]> {
  const found = new Map<string, Found[]>();
  const compare = (
    what: string,
    of: (facts: PreflightFacts) => string | undefined,
    severity: typeof error,
    help: string,
  ): void => {
    for (const [value, hosts] of grouped(facts, of))
      for (const host of hosts) {
        if (hosts.length < 2) continue;
        const others = hosts
          .filter(each => each !== host)
          .slice(0, 3)
          .join(', ');
        found.set(host, [
          ...(found.get(host) ?? []),
          severity(`same-${what}`, `it has the ${what} of ${others}: ${value}`, help),
        ]);
      }
  };
  compare('hostname', one => one.identity?.hostname, error, 'hostnamectl set-hostname, a name of its own for each');
  compare('machine-id', one => one.identity?.machineId, error, 'rm /etc/machine-id; systemd-machine-id-setup; reboot');
  // All containers and lab hosts of one machine share its board.
  compare(
    'product-uuid',
    one => one.identity?.productUuid,
    warning,
    'give each virtual machine a UUID of its own, unless these are containers of one machine',
  );
  return found;
}

function grouped(
  facts: ReadonlyMap<string, PreflightFacts>,
  of: (facts: PreflightFacts) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [host, one] of facts) {
    const value = of(one);
    if (value) groups.set(value, [...(groups.get(value) ?? []), host]);
  }
  return groups;
}
