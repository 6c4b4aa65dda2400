import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AccessEvent, recorded } from '../../engine/audit.js';
import { controlProcess } from '../../engine/lock/control-process.js';
import { type ClusterFile, readClusterFile } from '../../workflow/cluster-file.js';
import { kubeconfig, type Revoked, revoke } from '../../workflow/kubeconfig.js';
import { mistaken } from '../../workflow/mistaken.js';
import type { WantedCredential } from '../../workflow/people/wanted.js';
import type { AccessOptions } from '../access-options.js';
import { lifeOf } from '../duration.js';
import { mergeKubeconfig } from '../merge-kubeconfig.js';
import { clock, telling } from '../ports.js';
import { table } from '../view/table.js';
import { oneLine } from '../view/words.js';
import { writeAtomically } from '../write.js';

export interface Options extends AccessOptions {
  readonly file: string;
  readonly user?: string;
  readonly for?: string;
  readonly role?: string;
  readonly group?: readonly string[];
  readonly breakGlass?: boolean;
  readonly revoke?: string;
  readonly issued?: boolean;
  readonly merge?: boolean;
  readonly yes?: boolean;
}

/** `kw kubeconfig`: a named, short certificate, signed by the vault's CA. */
export async function run({ acceptNew, askSudoPass, yes, ...options }: Options): Promise<number> {
  const access = { ...(acceptNew ? { acceptNew } : {}), ...(askSudoPass ? { askSudoPass } : {}) };
  oneAct(options);
  const wanted = wantedBy(options, me());
  const cluster = await readClusterFile(options.file);
  const owner = controlProcess().owner;
  if (options.issued) process.stdout.write(trail(await recorded(cluster.dir), clock()));
  else if (options.revoke !== undefined) {
    const user = options.revoke;
    const done = await telling({ access }, ports => revoke(cluster, ports, user, owner));
    process.stdout.write(revokedText(user, done, await recorded(cluster.dir), clock()));
  } else {
    const text = await telling({ access }, ports => kubeconfig(cluster, ports, wanted, owner, yes));
    await (options.merge ? mergeInto(cluster, text) : process.stdout.write(text));
  }
  return 0;
}

/** An option that would have no effect is not a wish: it is refused, not passed over. */
function oneAct({ file: _, ...given }: Options): void {
  const acts = Object.entries(given).filter(([, value]) => value !== undefined && value !== false);
  if ((given.revoke === undefined && !given.issued) || acts.length === 1) return;
  throw mistaken(
    'two-acts',
    `--${given.revoke === undefined ? 'issued' : 'revoke'} stands alone`,
    'run kw kubeconfig once for each',
  );
}

/**
 * Whoever names nobody means themselves, and full access by a binding that can be taken away. For somebody else nothing
 * is bound that was not named.
 */
export function wantedBy(options: Omit<Options, 'file' | 'yes'>, login: string): WantedCredential {
  const { user, role, group: groups = [], breakGlass: breaksGlass = false } = options;
  const forMe = user === undefined && groups.length === 0 && !breaksGlass;
  const bind = role ?? (forMe ? 'cluster-admin' : undefined);
  const life = lifeOf(options.for ?? (breaksGlass ? '1h' : '8h'));
  return { user: user ?? login, groups, ...(bind === undefined ? {} : { role: bind }), life, breaksGlass };
}

/** Under sudo the person, not root. */
const me = (): string => process.env.SUDO_USER || controlProcess().owner.split('@')[0] || 'root';

/** Into the first file of KUBECONFIG, or the person's usual one. */
export async function mergeInto({ spec }: Pick<ClusterFile, 'spec'>, text: string): Promise<void> {
  const own = process.env.KUBECONFIG?.split(':')[0] || join(homedir(), '.kube', 'config');
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  await writeAtomically(own, mergeKubeconfig(await theirs(own), text, own), 0o600);
  process.stdout.write(`${own} now has the context of ${spec.name}\n`);
}

/** What cannot be read is not empty: nothing is written over it. */
const theirs = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw mistaken(
      'unread-kubeconfig',
      `${path} cannot be read, and nothing was written: ${error.message}`,
      'look at its owner and mode; or kw kubeconfig > FILE, and KUBECONFIG=FILE',
    );
  });

const trail = (events: readonly AccessEvent[], now: Date): string =>
  table(
    ['when', 'what', 'user', 'groups', 'role', 'until', 'by'],
    events
      .map(event =>
        event.type === 'credential-issued'
          ? [
              event.at,
              (event.breaksGlass ? 'BROKE GLASS' : 'issued') +
                (Date.parse(event.until) > now.getTime() ? ', valid' : ''),
              event.user,
              event.groups.join(', '),
              event.role ?? '',
              event.until,
              event.owner,
            ]
          : [event.at, 'revoked', event.user, '', event.bindings.join(', '), '', event.owner],
      )
      .map(row => row.map(oneLine)),
  );

/** What is gone, and what still lets the user in: bindings of others, groups, broken glass. */
export function revokedText(user: string, { gone, left }: Revoked, events: readonly AccessEvent[], now: Date): string {
  const living = events
    .filter(event => event.type === 'credential-issued' && event.user === user)
    .filter(event => event.type === 'credential-issued' && Date.parse(event.until) > now.getTime());
  const groups = [...new Set(living.flatMap(event => (event.type === 'credential-issued' ? event.groups : [])))];
  return [
    gone.length > 0 ? `gone: ${gone.join(', ')}` : `kw had bound nothing for ${user}`,
    ...(left.length > 0 ? [`bound by others, and still in force: ${left.join(', ')}`] : []),
    ...(groups.length > 0 ? [`still has what is bound to these groups, until the certificate ends: ${groups}`] : []),
    `A certificate of ${user} that has not ended still says who it is; nothing is bound to it by kw any more.`,
  ]
    .map(line => `${oneLine(line)}\n`)
    .join('');
}
