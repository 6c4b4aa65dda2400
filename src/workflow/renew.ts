/** Every leaf of a cluster that others built signed again, when a person says so: kubeadm has no timer for it. */
import type { AuthorityName } from '../blueprint/input.js';
import type { Healed } from '../engine/heal/index.js';
import { authorityNames, certOf, keyOf } from '../engine/vault/names.js';
import { WorldFailed } from '../model/event.js';
import { renewalCase } from './clinic/renewal-case.js';
import { openTarget, type TargetOptions } from './clinic/target.js';
import { healTarget } from './heal.js';
import type { Consenting } from './clinic/propose.js';
import type { Ports } from './ports.js';
import { begin, vaultOf } from './story.js';

/** Throws WorldFailed (refused) for a cluster of Kubewizard's own: its hosts do it by themselves. */
export async function renew(options: TargetOptions, ports: Ports, how: Consenting = {}): Promise<Healed> {
  const story = begin(ports);
  if (options.hosts === undefined) {
    const { spec } = await options.file();
    if (!spec.adopted) throw byThemselves(spec.name);
  }
  const target = await openTarget(story, { ...options, dryRun: how.dryRun });
  try {
    const vault = await vaultOf(target.session);
    const signers = new Set<AuthorityName>(
      authorityNames.filter(name => vault.has(certOf(name)) && vault.has(keyOf(name))),
    );
    for (const name of authorityNames)
      if (!signers.has(name))
        story.emit({ type: 'note', says: `no host has the key of the CA ${name}: what it has signed stays as it is` });
    const cases = [renewalCase({ since: ports.clock(), signers })];
    return judged(await healTarget(story, target, { ...how, cases }));
  } finally {
    target.close();
  }
}

/** What else the logs of the cluster complain about is the doctor's to say. */
const judged = (healed: Healed): Healed =>
  healed.exitCode === 2 && healed.left.length + healed.refused.length === 0 ? { ...healed, exitCode: 0 } : healed;

const byThemselves = (name: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `${name} is a cluster of Kubewizard's own: its control planes renew their certificates by themselves`,
    help: 'kw certs shows when each ends; kw up signs again what is near its end',
  });
