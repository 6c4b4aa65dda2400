/** The way on where a member of etcd is dead: nobody but a person knows that it never comes back. */
import type { ClusterSpec } from '../../model/cluster.js';

interface Member {
  readonly name: string;
  readonly address: string;
}

/** Lines for a help. @param members Of etcd, as it lists them. */
export const forGood = (
  spec: ClusterSpec,
  facts: ReadonlyMap<string, unknown>,
  members: readonly Member[],
): readonly string[] => {
  const at = (address: string) => spec.hosts.find(host => host.address === address);
  const named = members.filter(({ name }) => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name));
  const left = named.filter(({ address }) => at(address) === undefined).map(({ name }) => name);
  const away = named.flatMap(({ address }) => {
    const host = at(address);
    return host === undefined || facts.has(host.name) ? [] : [host.name];
  });
  return [
    ...(left.length > 0 ? [`is ${left.join(', ')} dead, and never comes back: kw replace ${left.join(',')}`] : []),
    ...away.map(
      name =>
        `is ${name} dead, and never comes back: kw replace ${name} once it was emptied; or kw replace ${name} ` +
        `--address ADDRESS, by the host there; or take it out of the file, then kw replace ${name}`,
    ),
  ];
};
