/** Named, short credentials for people, signed by the CA on the control machine; and what can be taken back of them. */
import { instant } from '../blueprint/access/bootstrap-token.js';
import { outsideServer, outsideServers } from '../blueprint/access/kubeconfigs.js';
import { bindingFor, eventsPath, glassEvent, nameProblem } from '../blueprint/access/people.js';
import { recordAccess } from '../engine/audit.js';
import type { Session } from '../engine/session.js';
import { fingerprintsIn } from '../preflight/ownership.js';
import { writeKubeconfig } from '../pki/kubeconfig.js';
import { copyTheirKeys } from './adopted-keys.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import { bound, roleExists, unbind } from './people/bindings.js';
import { judged, subjectOf, type WantedCredential } from './people/wanted.js';
import type { Ports } from './ports.js';
import { begin, type Story, vaultOf, within } from './story.js';

/** @param owner who asks, as `anna@machine`. Resolves to the kubeconfig's text: it holds a private key. */
export async function kubeconfig(
  file: ClusterFile,
  ports: Ports,
  asked: WantedCredential,
  owner: string,
  /** Of a cluster that others built the CA's key is copied without asking. */
  yes?: boolean,
): Promise<string> {
  const wanted = judged(asked);
  const story = begin(ports, file.warnings);
  const purpose = wanted.role === undefined ? 'look' : 'cure';
  return within(story, file, { purpose, adopted: true }, async session => {
    await copyTheirKeys(story, session, yes);
    const vault = await vaultOf(session);
    if (wanted.role !== undefined) await bindRole(session, story, wanted, wanted.role);
    const now = ports.clock();
    const until = new Date(now.getTime() + wanted.life);
    const groups = wanted.breaksGlass ? ['system:masters'] : wanted.groups;
    const { user, breaksGlass } = wanted;
    const trust = { signer: vault.authority('ca').certPem, trusts: vault.authorities.ca };
    await recordAccess(session.dir, story.events, now, issuedEvent(wanted, groups, until, owner, trust));
    if (breaksGlass) await tellCluster(session, story, glassEvent(user, owner, now, until));
    const who = { ca: 'ca', commonName: user, organizations: groups, sans: [], usages: ['client'] } as const;
    const made = await vault.issue({ ...who, days: wanted.life / 86_400_000 });
    story.emit({ type: 'note', says: validityText(wanted, until) });
    const { spec } = file;
    return writeKubeconfig({
      server: outsideServer(spec),
      cluster: spec.name,
      user: `${spec.name}-${user}${breaksGlass ? '-break-glass' : ''}`,
      ...made,
      ways: outsideServers(spec).slice(1),
    });
  });
}

function issuedEvent(
  { user, role, breaksGlass }: ReturnType<typeof judged>,
  groups: readonly string[],
  until: Date,
  owner: string,
  trust: { readonly signer: string; readonly trusts: string },
) {
  const [signer] = fingerprintsIn(trust.signer);
  return {
    type: 'credential-issued',
    user,
    groups,
    ...(role === undefined ? {} : { role }),
    until: instant(until),
    breaksGlass,
    owner,
    ...(signer === undefined ? {} : { signer }),
    trusts: fingerprintsIn(trust.trusts),
  } as const;
}

async function bindRole(session: Session, story: Story, wanted: WantedCredential, role: string): Promise<void> {
  const api = await session.api();
  await roleExists(api, role);
  const subject = subjectOf(wanted);
  const { name } = bindingFor(subject, role).metadata;
  story.emit({
    type: 'note',
    says: `ClusterRoleBinding ${name}: ${subject.kind} ${subject.name} gets ClusterRole ${role} in all namespaces`,
  });
  if ((await bound(api, subject, role)) === 'kept') story.emit({ type: 'note', says: 'that binding is there already' });
}

const validityText = ({ user, breaksGlass }: WantedCredential, until: Date): string =>
  breaksGlass
    ? `This breaks the glass: ${user} is system:masters, past all roles, until ${instant(until)}. Nothing takes it ` +
      'away before that but a new CA. kw kubeconfig --issued shows it to everybody who shares this folder.'
    : `${user} can use it until ${instant(until)}. A certificate cannot be revoked; what it may do can be taken ` +
      `away: kw kubeconfig --revoke ${user}`;

/** Glass is broken when the API is ill: it gets a few seconds, and its silence is said. */
async function tellCluster(session: Session, story: Story, event: unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, 5000, undefined);
  });
  const posted = (async () => (await (await session.api()).request('POST', eventsPath, event)).status)();
  const status = await Promise.race([posted.catch(() => undefined), late]);
  clearTimeout(timer);
  if (status !== 201)
    story.emit({
      type: 'note',
      says: 'the API server took no Event of it: it is in the journal of this machine alone',
    });
}

export interface Revoked {
  readonly gone: readonly string[];
  /** Made by others, for the same user. */
  readonly left: readonly string[];
}

/** Removes what `kw kubeconfig` has bound for a user; certificates live on until they end. */
export async function revoke(file: ClusterFile, ports: Ports, user: string, owner: string): Promise<Revoked> {
  const wrong = nameProblem(user);
  if (wrong !== undefined) throw mistaken('bad-credential', wrong, 'kw kubeconfig --issued shows who has got one');
  const story = begin(ports, file.warnings);
  return within(story, file, { purpose: 'cure', adopted: true }, async session => {
    const { gone, left } = await unbind(await session.api(), { kind: 'User', name: user });
    const event = { type: 'credential-revoked', user, bindings: gone, owner } as const;
    await recordAccess(session.dir, story.events, ports.clock(), event);
    return { gone, left };
  });
}
