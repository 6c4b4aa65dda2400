/** Flags that the target no longer takes: a component that is given one exits at once. */
import { type FlagComponent, flagLife, flagPresence, flagReplacement, minorOf } from '../../catalog/index.js';
import { type Removal, removedAdmissionPlugins, removedBetween, removedClouds } from '../../catalog/removals.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { found, grouped, type Hit, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';
import { extraArgsOf, isOurs, programs } from './own-words.js';

const all = Object.keys(programs) as readonly FlagComponent[];

/** Flags in force, where a host says them. Hosts whose processes were not seen are noted. */
export const eachHost = <T>(
  { chart }: Upgrade,
  reader: EvidenceReader,
  read: (host: HostChart, program: FlagComponent) => readonly T[],
): readonly T[] =>
  hostsOf(chart).flatMap(host => {
    if (reader.read(host.processes) === undefined) return [];
    return all.flatMap(program => read(host, program));
  });

interface Given {
  readonly program: FlagComponent;
  readonly flag: string;
  readonly hit: Hit;
}

export const flagRule: Rule = (upgrade, reader) => {
  if (upgrade.spec && !upgrade.chart.wanted)
    reader.note('cluster', 'what kw itself writes', 'no artifacts are at hand: flags of units were not told apart');
  const given = [...fromFile(upgrade), ...fromHosts(upgrade, reader)];
  return [
    ...[...grouped(given, one => `${one.program} ${one.flag}`).values()].flatMap(group => judge(upgrade, group)),
    ...values(upgrade, reader, 'admission-plugin-removed', removedAdmissionPlugins, ['enable-admission-plugins']),
    ...values(upgrade, reader, 'cloud-removed', removedClouds, ['cloud-provider']),
  ];
};

const fromFile = (upgrade: Upgrade): readonly Given[] =>
  all.flatMap(program =>
    Object.keys(extraArgsOf(upgrade, program)).map(flag => ({
      program,
      flag,
      hit: hit('cluster-file', `components.${programs[program]}.extraArgs.${flag}`),
    })),
  );

const fromHosts = (upgrade: Upgrade, reader: EvidenceReader): readonly Given[] =>
  eachHost(upgrade, reader, (host, program) =>
    (flagsOf(host, program).inForce?.names ?? [])
      .filter(flag => extraArgsOf(upgrade, program)[flag] === undefined)
      .filter(flag => !upgrade.spec || (upgrade.chart.wanted && !isOurs(upgrade, host.name, flag)))
      .map(flag => ({ program, flag, hit: hit('host', host.name, sourceOf(host, program)) })),
  );

const sourceOf = (host: HostChart, program: FlagComponent): string =>
  `${program}${flagsOf(host, program).source === undefined ? '' : ` in ${flagsOf(host, program).source}`}`;

const judge = ({ from, to }: Upgrade, group: readonly Given[]): readonly UpgradeFinding[] => {
  const [{ program, flag } = { program: 'kubelet' as const, flag: '' }] = group;
  const presence = flagPresence(program, flag, to);
  const life = flagLife(program, flag);
  if (life?.how !== 'gone' || (presence !== 'no' && presence !== 'unsure')) return [];
  // It runs with it today: what the catalog says of its own minor is then wrong, and nothing of this way.
  if (flagPresence(program, flag, from) === 'no') return [];
  return found(
    'flag-removed',
    presence === 'no' ? 'blocker' : 'warning',
    group.map(one => one.hit),
    {
      into: `1.${life.first}`,
      why:
        `${program} of 1.${minorOf(to)} ${presence === 'no' ? 'does not know' : 'may no longer know'} --${flag}, ` +
        'and a component that is given an unknown flag exits at once.',
      next: `${sentence(flagReplacement(program, flag, to) ?? 'leave it out')} Take it out before the upgrade.`,
    },
  );
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const values = (
  upgrade: Upgrade,
  reader: EvidenceReader,
  rule: 'admission-plugin-removed' | 'cloud-removed',
  removals: readonly Removal[],
  flags: readonly string[],
): readonly UpgradeFinding[] => {
  const gone = removedBetween(removals, upgrade.from, upgrade.to);
  const named = eachHost(upgrade, reader, (host, program) =>
    flags.flatMap(flag =>
      (flagsOf(host, program).inForce?.all(flag) ?? []).map(value => ({
        value,
        hit: hit('host', host.name, `${program} --${flag}=${value}`),
      })),
    ),
  );
  return gone.flatMap(({ name, gone: into, act }) =>
    found(
      rule,
      'blocker',
      named.filter(one => one.value === name).map(one => one.hit),
      { into, why: `${name} is gone in ${into}; the component that names it does not start.`, next: act },
    ),
  );
};
