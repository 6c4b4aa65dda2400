/** The file as etcd must see it while hosts leave: they are still there, and have no role. */
import type { Input } from './input.js';

/** The same input where nobody who was reached leaves. */
export const withRemoved = <I extends Pick<Input, 'spec' | 'facts' | 'removes'>>(input: I): I => {
  const here = (input.removes ?? []).flatMap(({ reached }) => (reached.is === 'here' ? [reached] : []));
  if (here.length === 0) return input;
  return {
    ...input,
    spec: { ...input.spec, hosts: [...input.spec.hosts, ...here.map(({ host }) => host)] },
    facts: new Map([...input.facts, ...here.map(({ host, fact }) => [host.name, fact] as const)]),
  };
};
