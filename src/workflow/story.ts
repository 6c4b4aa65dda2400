/** What all stories begin with: their words get numbers, their hosts are connected. */
import { type Emitter, emitter } from '../engine/emitter.js';
import { subjectsIn } from '../engine/gather/targets.js';
import { theirAdministrator } from '../engine/reach/administrator.js';
import { openSession, type Session, type SessionOptions } from '../engine/session.js';
import { cluster } from '../blueprint/cluster.js';
import type { ArtifactSet } from '../model/artifact.js';
import type { ClusterSpec, Host } from '../model/cluster.js';
import type { EventBody } from '../model/event.js';
import type { WayBackOnHost } from '../model/taken-back.js';
import { kindsAt } from '../resources/index.js';
import type { Connection } from '../transport/connection.js';
import { type Admission, admit } from './admission.js';
import { trustAsHosts } from './build/session-trust.js';
import { refuseAdopted } from './adopted.js';
import { accessOf, type Turn } from './access.js';
import type { ClusterFile, Warning } from './cluster-file.js';
import { Mistaken } from './mistaken.js';
import { tellTakenBack, untilQuiet } from './taken-back.js';
import type { Craft, Ports } from './ports.js';

export interface Story {
  readonly ports: Ports;
  readonly events: Emitter;
  readonly emit: (body: EventBody) => void;
  readonly craft: Craft;
  /** What hosts took back by themselves, as far as they were asked. */
  readonly byThemselves: Map<string, WayBackOnHost>;
  /** Connects to a host; keys that nobody knows, and passwords of sudo, are asked for all hosts together. */
  readonly connect: (host: Host, directory: string, turn?: Turn) => Promise<Connection>;
}

export const begin = (ports: Ports, warnings: readonly Warning[] = []): Story => {
  const events = emitter({ clock: ports.clock, listen: ports.emit });
  for (const warning of warnings) events.emit(warning);
  const enter = accessOf(ports, events.emit);
  return {
    ports,
    events,
    emit: events.emit,
    byThemselves: new Map(),
    craft: ports.craft ?? { kinds: kindsAt(ports.clock), wanted: cluster },
    connect: (host, directory, turn) => enter(host, way => ports.connect(host, { directory, ...way }), turn),
  };
};

/**
 * The hosts of a cluster file, each of them told to be this cluster's before anything else is asked of it: no command
 * gets a session of a file in another way. Throws WorldFailed (refused) where hosts carry another cluster.
 */
export async function open(story: Story, file: ClusterFile, admission: Admission): Promise<Session> {
  const { spec } = file;
  if (admission.purpose !== 'look' && !admission.adopted) refuseAdopted(spec);
  const session = await openUnasked(story, file, {
    ...(admission.keys === 'fetch' ? {} : { keys: 'leave' }),
    ...(spec.adopted ? { administrator: theirAdministrator, ...theirApi(spec) } : {}),
  });
  try {
    const { back, authorities, heir } = await admit(session, admission);
    if (!spec.adopted) await trustAsHosts(session, authorities, heir);
    const quiet = admission.purpose === 'look' ? back : await untilQuiet(story, session, back);
    await tellTakenBack(story, file.dir, quiet);
    for (const [host, one] of quiet) story.byThemselves.set(host, one);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Where the API servers of a cluster that others built listen: their certificates need not have loopback. */
export const theirApi = (spec: ClusterSpec): Pick<SessionOptions, 'apiPort' | 'apiAddress'> => {
  const subjects = new Map(subjectsIn(spec).map(one => [one.name, one]));
  return { apiPort: name => subjects.get(name)?.apiPort, apiAddress: name => subjects.get(name)?.address };
};

/**
 * Of a cluster without a file, whose identity was claimed when it was adopted. Who is being connected is told while the
 * session opens; of what is lost later the run tells.
 */
export async function openUnasked(
  story: Story,
  { spec, dir }: Pick<ClusterFile, 'spec' | 'dir'>,
  more: Partial<SessionOptions> = {},
): Promise<Session> {
  let connecting = true;
  try {
    return await openSession(spec, {
      dir,
      kinds: story.craft.kinds,
      clock: story.ports.clock,
      emit: body => {
        if (connecting) story.emit(body);
      },
      connect: (host, turn) => story.connect(host, dir, turn),
      ...more,
    });
  } finally {
    connecting = false;
  }
}

/** Opens a session for `act`, and closes it whatever happens. */
export async function within<T>(
  story: Story,
  file: ClusterFile,
  admission: Admission,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await open(story, file, admission);
  try {
    return await act(session);
  } finally {
    session.close();
  }
}

/** They are made while hosts are asked; a failure waits for whoever needs them. */
export const artifactsOf = ({ ports, emit }: Story, spec: ClusterSpec): Promise<ArtifactSet> => {
  const set = ports.artifacts.resolve(spec, (says, done, of) =>
    emit({
      type: 'artifact-progress',
      says,
      ...(done === undefined ? {} : { done }),
      ...(of === undefined ? {} : { of }),
    }),
  );
  set.catch(() => undefined);
  return set;
};

/** Throws Mistaken where keys and certificates on the control machine cannot be used. */
export async function vaultOf(session: Pick<Session, 'vault'>) {
  const checked = await session.vault();
  if (!checked.ok) throw new Mistaken(checked.problems);
  return checked.value;
}
