/**
 * Past what only a person can lift: host keys that nobody knows, and passwords of sudo. All hosts are tried first; then
 * they are asked about together, once, and those hosts are tried again.
 */
import type { Host } from '../model/cluster.js';
import type { EventBody } from '../model/event.js';
import type { Connection } from '../transport/connection.js';
import { type NewHostKey, SudoPasswordWanted, UnknownHostKey } from '../transport/needs-answer.js';
import type { Ports, SshWay } from './ports.js';

/** Lets only so many log in at once; absent: all. */
export type Turn = <T>(act: () => Promise<T>) => Promise<T>;

type Answers = Pick<SshWay, 'accepted' | 'sudoPassword'>;
export type Enter = (host: Host, connect: (way: Answers) => Promise<Connection>, turn?: Turn) => Promise<Connection>;

type Wanting = { readonly host: Host; readonly failure: UnknownHostKey | SudoPasswordWanted };
type WantingSudo = Wanting & { readonly failure: SudoPasswordWanted };
type Parked = Wanting & { readonly order: number; readonly go: (again: boolean) => void };

const wantsSudo = (one: Wanting): one is WantingSudo => one.failure instanceof SudoPasswordWanted;

const mostRefusals = 3;

export const accessOf = (
  { trustHostKeys, sudoPassword }: Pick<Ports, 'trustHostKeys' | 'sudoPassword'>,
  emit: (body: EventBody) => void,
): Enter => {
  const keys = hostKeysOf(trustHostKeys, emit);
  const passwords = passwordsOf(sudoPassword, emit);
  const waiting = waitingRoom(async all => {
    const trusted = await keys.ask(
      all.flatMap(({ failure }) => (failure instanceof UnknownHostKey ? [failure.key] : [])),
    );
    const given = await passwords.ask(all.filter(wantsSudo));
    return ({ host, failure }) => (failure instanceof UnknownHostKey ? trusted : given.has(host.name));
  });
  const liftable = (error: unknown): error is Wanting['failure'] =>
    (error instanceof UnknownHostKey && trustHostKeys !== undefined) ||
    (error instanceof SudoPasswordWanted && sudoPassword !== undefined);

  return async (host, connect, turn = act => act()) => {
    const order = waiting.enter();
    for (;;) {
      const way = { accepted: keys.accepted, ...passwords.of(host) };
      const result = await turn(() => connect(way)).then(
        connection => ({ connection }),
        (error: unknown) => ({ error }),
      );
      if ('connection' in result) {
        waiting.leave();
        return result.connection;
      }
      const { error } = result;
      if (error instanceof SudoPasswordWanted && passwords.next(host, error)) continue;
      if (liftable(error) && (await waiting.park({ host, failure: error, order }))) continue;
      waiting.leave();
      throw error;
    }
  };
};

/** Who cannot go on waits here until nobody is under way any more: then all who wait are asked about, together. */
const waitingRoom = (ask: (all: readonly Wanting[]) => Promise<(one: Wanting) => boolean>) => {
  const parked: Parked[] = [];
  let trying = 0;
  let began = 0;
  let asking = false;
  const askAll = async (): Promise<void> => {
    const all = parked.splice(0).sort((a, b) => a.order - b.order);
    const lifted = await ask(all);
    // All before any of them goes on: they are counted together.
    trying += all.length;
    for (const one of all) one.go(lifted(one));
  };
  const leave = async (): Promise<void> => {
    trying--;
    // Who is parked while a question is open is counted, and asked about, when those of that question go on.
    if (asking) return;
    asking = true;
    while (trying === 0 && parked.length > 0) await askAll();
    asking = false;
  };
  return {
    /** Its place in the order of questions. */
    enter: (): number => {
      trying++;
      return began++;
    },
    leave: () => void leave(),
    /** Whether what stopped it is lifted. */
    park: (one: Omit<Parked, 'go'>): Promise<boolean> =>
      new Promise(go => {
        parked.push({ ...one, go });
        void leave();
      }),
  };
};

/** Host keys that a person trusts, as long as the story goes. */
const hostKeysOf = (trust: Ports['trustHostKeys'], emit: (body: EventBody) => void) => {
  const accepted = new Set<string>();
  return {
    accepted,
    async ask(all: readonly NewHostKey[]): Promise<boolean> {
      const keys = distinct(all);
      if (!trust || keys.length === 0) return false;
      for (const { host, fingerprint } of keys) emit({ type: 'host-key', host: host.name, fingerprint });
      const trusted = await trust(keys).catch(() => false);
      for (const { host, fingerprint } of keys) emit({ type: 'host-key', host: host.name, fingerprint, trusted });
      if (trusted) for (const key of keys) accepted.add(keyName(key.host, key.fingerprint));
      return trusted;
    },
  };
};

/** Accepted for this host alone: another one that shows the same key is asked about. */
export const keyName = (host: Host, fingerprint: string): string => `${host.name} ${fingerprint}`;

/** Hosts behind one jump host all wait for its key. */
const distinct = (keys: readonly NewHostKey[]): readonly NewHostKey[] => [
  ...new Map(keys.map(key => [keyName(key.host, key.fingerprint), key])).values(),
];

/** Passwords live here, in memory, as long as the story does. */
const passwordsOf = (port: Ports['sudoPassword'], emit: (body: EventBody) => void) => {
  const known: string[] = [];
  const tried = new Map<string, number>();
  const refusals = new Map<string, number>();
  const current = (host: Host): string | undefined => known[tried.get(host.name) ?? -1];
  return {
    of: (host: Host): Answers => {
      const sudoPassword = current(host);
      return sudoPassword === undefined ? {} : { sudoPassword };
    },
    /** Whether there is one that this host was not asked yet. */
    next: (host: Host, { refused }: SudoPasswordWanted): boolean => {
      const at = tried.get(host.name);
      if (refused) refusals.set(host.name, (refusals.get(host.name) ?? 0) + 1);
      if ((refusals.get(host.name) ?? 0) >= mostRefusals || (at ?? -1) + 1 >= known.length) return false;
      tried.set(host.name, (at ?? -1) + 1);
      return true;
    },
    /** One question for each user; the names of the hosts that have one to try now. */
    async ask(wanting: readonly WantingSudo[]): Promise<ReadonlySet<string>> {
      const given = new Set<string>();
      const open = wanting.filter(({ host }) => (refusals.get(host.name) ?? 0) < mostRefusals);
      for (const [user, of] of byUser(open)) {
        const hosts = of.map(({ host }) => host.name);
        const refused = of.some(({ failure }) => failure.refused);
        emit({ type: 'sudo-password', user, hosts });
        const password = await port?.({ user, hosts, refused }).catch(() => undefined);
        const answered = password !== undefined && password !== '';
        emit({ type: 'sudo-password', user, hosts, given: answered });
        if (!answered) continue;
        known.push(password);
        for (const host of hosts) {
          tried.set(host, known.length - 1);
          given.add(host);
        }
      }
      return given;
    },
  };
};

const byUser = (wanting: readonly WantingSudo[]): ReadonlyMap<string, readonly WantingSudo[]> => {
  const users = new Map<string, WantingSudo[]>();
  for (const one of wanting) users.set(one.failure.user, [...(users.get(one.failure.user) ?? []), one]);
  return users;
};
