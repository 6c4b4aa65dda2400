/** With which keys the objects in etcd are encrypted: asked of etcd itself, by the first bytes of each value. */
import { etcdctl } from '../../blueprint/components/etcd.js';
import { encryptedResources } from '../../blueprint/components/secrets-at-rest.js';
import { withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { onHosts } from '../backup.js';
import type { Edge, Turning } from './rotatable.js';

/**
 * Prints `COUNT PREFIX` for each prefix and `end=yes`. One line per value comes from etcdctl, escaped, and nothing
 * behind its prefix leaves the pipe.
 */
export const countScript = (ctl: Script): Script => sh`for kind in ${encryptedResources}; do
  ${raw(ctl)} --command-timeout=120s get "/registry/$kind/" --prefix -w fields || { echo "failed=$kind"; exit 1; }
done | LC_ALL=C sed -n -e 's/^failed=.*/&/;t seen' \
-e 's/^"Value" : "\\(k8s:enc:[a-z0-9]*:v[0-9]*:[A-Za-z0-9._-]*:\\).*/\\1/;t seen' -e 's/^"Value" : .*/plain/;t seen' \
-e d -e ':seen' -e p | sort | uniq -c
echo end=yes`;

/** Prefixes (`k8s:enc:secretbox:v1:key1:`, or `plain`) and how many values have each. Throws WorldFailed. */
export async function storedWith({ session }: Pick<Turning, 'session'>): Promise<ReadonlyMap<string, number>> {
  const { spec } = session;
  const host = withRole(spec, 'etcd').find(({ name }) => !session.lost.has(name));
  if (!host)
    throw new WorldFailed({ class: 'unreachable', message: 'no host of etcd can be reached', help: 'kw status' });
  const { stdout, stderr } = await onHosts(session).run(host.name, countScript(etcdctl({ host })), 300_000);
  if (!/^end=yes$/m.test(stdout) || /failed=/.test(stdout))
    throw new WorldFailed({
      class: 'exit',
      host: host.name,
      message: `etcd does not say what it holds: ${stderr.trim().slice(0, 500) || 'no reason given'}`,
    });
  return new Map(
    [...stdout.matchAll(/^ *(\d+) (plain|k8s:enc:\S+)$/gm)].map(([, count, prefix = '']) => [prefix, Number(count)]),
  );
}

/** All are written with the key that is first. */
export async function storedEdges(at: Turning): Promise<readonly Edge[]> {
  const newest = `k8s:enc:secretbox:v1:${at.input.rotation?.encryption?.[0] ?? ''}:`;
  const stored = await storedWith(at);
  const others = [...stored].filter(([prefix]) => prefix !== newest);
  return [
    {
      name: 'etcd',
      ok: others.length === 0,
      says:
        others.length === 0
          ? `all ${stored.get(newest) ?? 0} Secrets are stored as ${newest}`
          : others.map(([prefix, count]) => `${count} Secrets are stored as ${prefix}`).join('; '),
    },
  ];
}
