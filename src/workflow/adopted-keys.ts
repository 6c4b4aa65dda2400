/** The keys of a cluster that others built: copied when a person agrees, and never made or replaced. */
import { filesOnHosts } from '../engine/reach/files-on-hosts.js';
import type { Session } from '../engine/session.js';
import { electSecrets, type Voter } from '../engine/vault/elect.js';
import { keepSecret } from '../engine/vault/keep-secret.js';
import { authorityNames, certOf, keyOf } from '../engine/vault/names.js';
import { readSecret } from '../engine/vault/store.js';
import type { ClusterSpec } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { mistaken } from './mistaken.js';
import type { Story } from './story.js';

/** Hosts whose word on keys counts. */
export const keepersIn = ({ hosts }: Pick<ClusterSpec, 'hosts'>) =>
  hosts.filter(({ roles }) => roles.includes('controlPlane') || roles.includes('etcd'));

/** What hosts have and `dir` has not, is kept there: a CA that is kept already wins over what most of them have. */
export const rememberSecrets = async (
  dir: string,
  files: readonly Voter[],
  announce: (names: readonly string[]) => void,
): Promise<void> => {
  const kept = Object.fromEntries(
    await Promise.all(
      [...authorityNames.map(name => [name, certOf(name)] as const), ['sa.key', 'pki/sa.key'] as const].map(
        async ([name, path]) => [name, await readSecret(dir, path)] as const,
      ),
    ),
  );
  const secrets = Object.entries(electSecrets(files, kept)).sort(
    ([a], [b]) => Number(a.endsWith('.crt')) - Number(b.endsWith('.crt')),
  );
  if (secrets.length > 0) announce(secrets.map(([name]) => name));
  for (const [name, text] of secrets) await keepSecret(dir, name, text);
};

/** Of the hosts of a session; who does not answer has none. */
export const keepersFiles = async ({
  spec,
  lost,
  connections,
}: Pick<Session, 'spec' | 'lost' | 'connections'>): Promise<readonly Voter[]> => {
  const keepers = keepersIn(spec).filter(({ name }) => !lost.has(name));
  const roles = new Map(keepers.map(one => [one.name, one.roles]));
  const files = await filesOnHosts([...roles.keys()], connections);
  return files.map(one => ({ ...one, roles: roles.get(one.host) ?? [] }));
};

/**
 * Asks once: what is kept is not asked for again. Does nothing for a cluster of Kubewizard's own.
 * Throws Mistaken where nobody can be asked, WorldFailed (refused) where the answer is no, or no host has the CA's key.
 */
export async function copyTheirKeys({ ports, emit }: Story, session: Session, yes: boolean | undefined): Promise<void> {
  const { spec, dir } = session;
  if (!spec.adopted || (await readSecret(dir, keyOf('ca'))) !== undefined) return;
  const says =
    `This needs the keys of the CAs of ${spec.name}: they are copied from its control planes to ${dir} (only its ` +
    'owner may read them). Whoever has them can become anybody in the cluster. On the hosts nothing is changed. ' +
    'Copy them?';
  if (yes) emit({ type: 'consent-given', risk: 'none', by: 'option' });
  else if (!ports.consent) throw mistaken('no-consent', says, 'where there is no terminal to ask on: give --yes');
  else {
    emit({ type: 'consent-needed', risk: 'none', says });
    if ((await ports.consent({ risk: 'none', says })) !== true) {
      emit({ type: 'consent-refused', risk: 'none' });
      throw refused(`the keys of ${spec.name} are not copied, and without them this cannot be done`, 'see --yes');
    }
    emit({ type: 'consent-given', risk: 'none', by: 'person' });
  }
  await rememberSecrets(dir, await keepersFiles(session), () => undefined);
  if ((await readSecret(dir, keyOf('ca'))) === undefined)
    throw refused(
      `no control plane of ${spec.name} that answers has the key of its CA: its owner keeps it elsewhere`,
      'whoever has that key signs; kw does not make another CA',
    );
}

const refused = (message: string, help: string): WorldFailed =>
  new WorldFailed({ class: 'refused', message: `${message}. Nothing was changed on hosts`, help });
