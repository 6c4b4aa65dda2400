/** A first build asks once, and does not begin while a host that it needs cannot be seen. */
import type { Session } from '../../engine/session.js';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { mistaken } from '../mistaken.js';
import type { Drafted } from './draft.js';
import { isFresh } from './preflight.js';

/**
 * Nothing of a cluster on any host that was seen. A host that was not seen may hold one: it stops the build (below).
 */
export const isFirstBuild = ({ plan, input: { facts } }: Pick<Drafted, 'plan' | 'input'>): boolean =>
  plan.steps.length > 0 && [...facts.values()].every(isFresh);

/** The question of a first build. */
export const firstBuild = ({ cluster, steps }: Plan): string => {
  const hosts = new Set(steps.map(step => step.host).filter(host => host !== 'cluster')).size;
  return (
    `This is the first build of ${cluster}, on ${hosts} ${hosts === 1 ? 'host' : 'hosts'} that carry no ` +
    'cluster yet. Go on?'
  );
};

/** Throws Mistaken for a name that stands for no worker of the file. */
export function checkWithout({ spec }: Pick<Session, 'spec'>, without: readonly string[]): void {
  for (const host of knownHosts({ spec }, without))
    if (host.roles.includes('etcd') || host.roles.includes('controlPlane'))
      throw mistaken(
        'without-control-plane',
        `--without ${host.name}: it is a control plane or holds etcd, and a first build cannot do without it`,
        'make it reachable, or take it out of the cluster file',
      );
}

/** Throws Mistaken for a name that stands for no host of the file. */
export const knownHosts = ({ spec }: Pick<Session, 'spec'>, names: readonly string[]): readonly Host[] =>
  names.map(name => {
    const host = spec.hosts.find(one => one.name === name);
    if (host) return host;
    const some = spec.hosts.slice(0, 20).map(one => one.name);
    throw mistaken('unknown-host', `--without ${name}: there is no such host`, `the hosts are ${some.join(', ')}`);
  });

/** Throws WorldFailed with the failure of the first host that was not seen and not named. */
export function allSeen(
  { lost }: Pick<Session, 'lost'>,
  { unseen }: Pick<Drafted, 'unseen'>,
  without: readonly string[],
): void {
  const missing = unseen.filter(one => !without.includes(one.host));
  const [first] = missing;
  if (!first) return;
  const names = missing.map(one => one.host);
  const many = names.length === 1 ? 'one was' : `${names.length} were`;
  const reasons = missing.slice(0, 5).map(one => `${one.host}: ${one.why}`);
  throw new WorldFailed({
    class: lost.get(first.host)?.class ?? 'unreachable',
    message: `a first build needs all its hosts, and ${many} not seen (${reasons.join('; ')}); nothing was changed`,
    help:
      `make ${names.length === 1 ? 'it' : 'them'} reachable, or build without (workers only): --without ` +
      `${names.slice(0, 20).join(',')}`,
  });
}
