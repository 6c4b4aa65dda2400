import { expect, test } from 'vitest';
import type { Host } from '../../src/model/cluster.js';
import type { EventBody } from '../../src/model/event.js';
import type { Connection } from '../../src/transport/connection.js';
import { SudoPasswordWanted, UnknownHostKey } from '../../src/transport/needs-answer.js';
import { accessOf, keyName, type Turn } from '../../src/workflow/access.js';
import type { SudoQuestion } from '../../src/workflow/ports.js';

const hostOf = (name: string): Host => ({ name, address: name, roles: [], labels: {}, taints: [], ssh: {} });
const hosts = Array.from({ length: 200 }, (_, n) => hostOf(`h${n + 1}`));
const print = (host: Host) => `SHA256:${host.name}`;

interface World {
  /** Passwords of sudo by host; absent: root without one. */
  readonly passwords?: Readonly<Record<string, string>>;
  readonly unknown: (host: Host) => boolean;
}

const connectTo =
  ({ passwords = {}, unknown }: World, logins: string[]) =>
  async (host: Host, way: { readonly accepted?: ReadonlySet<string>; readonly sudoPassword?: string }) => {
    await new Promise(resolve => {
      setTimeout(resolve, Math.random() * 5);
    });
    const failure = { class: 'auth', message: 'no', host: host.name } as const;
    if (unknown(host) && !way.accepted?.has(keyName(host, print(host))))
      throw new UnknownHostKey(failure, { host, name: host.name, type: 'ssh-ed25519', fingerprint: print(host) });
    logins.push(host.name);
    const wanted = passwords[host.name];
    if (wanted !== undefined && way.sudoPassword !== wanted)
      throw new SudoPasswordWanted(failure, 'ops', way.sudoPassword !== undefined);
    return { host: host.name } as Connection;
  };

/** At most five at once, as the engine bounds logins. */
const fiveAtOnce = (): Turn => {
  let free = 5;
  const waiting: (() => void)[] = [];
  return async act => {
    if (free === 0) await new Promise<void>(go => waiting.push(go));
    free--;
    try {
      return await act();
    } finally {
      free++;
      waiting.shift()?.();
    }
  };
};

test('keys of 200 hosts that nobody knows are one question, in their order, with five logins at once', async () => {
  const asked: string[][] = [];
  const events: EventBody[] = [];
  const enter = accessOf(
    {
      trustHostKeys: async keys => {
        asked.push(keys.map(({ host }) => host.name));
        return true;
      },
    },
    event => events.push(event),
  );
  const connect = connectTo({ unknown: host => host.name !== 'h7' }, []);
  const turn = fiveAtOnce();
  const all = await Promise.all(hosts.map(host => enter(host, way => connect(host, way), turn)));
  expect(all.map(one => one.host)).toEqual(hosts.map(host => host.name));
  expect(asked).toEqual([hosts.map(host => host.name).filter(name => name !== 'h7')]);
  expect(events.filter(event => event.type === 'host-key' && event.trusted)).toHaveLength(199);
});

test('who says no loses these hosts, and no other', async () => {
  const enter = accessOf({ trustHostKeys: async () => false }, () => undefined);
  const connect = connectTo({ unknown: host => host.name !== 'h1' }, []);
  const all = await Promise.allSettled(hosts.slice(0, 3).map(host => enter(host, way => connect(host, way))));
  expect(all.map(one => one.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('a key that was accepted for one host is not accepted for another that shows it', async () => {
  const enter = accessOf(
    { trustHostKeys: async keys => keys.every(({ host }) => host.name === 'h1') },
    () => undefined,
  );
  const connect = async (host: Host, { accepted }: { readonly accepted?: ReadonlySet<string> }) => {
    const fingerprint = 'SHA256:same';
    if (!accepted?.has(keyName(host, fingerprint)))
      throw new UnknownHostKey({ class: 'refused', message: '' }, { host, name: '', type: '', fingerprint });
    return { host: host.name } as Connection;
  };
  await enter(hostOf('h1'), way => connect(hostOf('h1'), way));
  await expect(enter(hostOf('h2'), way => connect(hostOf('h2'), way))).rejects.toThrow();
});

test('a password of sudo is asked for once, and again only for hosts that have another one', async () => {
  const asked: SudoQuestion[] = [];
  const answers = ['first', 'second'];
  const enter = accessOf(
    {
      sudoPassword: async question => {
        asked.push(question);
        return answers[asked.length - 1];
      },
    },
    () => undefined,
  );
  const passwords = { h1: 'first', h2: 'first', h3: 'second', h4: 'first' };
  const connect = connectTo({ unknown: () => false, passwords }, []);
  await Promise.all(hosts.slice(0, 5).map(host => enter(host, way => connect(host, way))));
  expect(asked).toEqual([
    { user: 'ops', hosts: ['h1', 'h2', 'h3', 'h4'], refused: false },
    { user: 'ops', hosts: ['h3'], refused: true },
  ]);
  // A later connection, after a cut, asks nobody.
  await Promise.all(hosts.slice(0, 4).map(host => enter(host, way => connect(host, way))));
  expect(asked).toHaveLength(2);
});

test('a wrong password is tried once by each host, and three questions are enough', async () => {
  const logins: string[] = [];
  const asked: SudoQuestion[] = [];
  const enter = accessOf(
    {
      sudoPassword: async question => {
        asked.push(question);
        return `wrong ${asked.length}`;
      },
    },
    () => undefined,
  );
  const connect = connectTo({ unknown: () => false, passwords: { h1: 'right', h2: 'right' } }, logins);
  const all = await Promise.allSettled(hosts.slice(0, 2).map(host => enter(host, way => connect(host, way))));
  expect(all.map(one => one.status)).toEqual(['rejected', 'rejected']);
  expect(asked.map(one => one.hosts)).toEqual([
    ['h1', 'h2'],
    ['h1', 'h2'],
    ['h1', 'h2'],
  ]);
  expect(logins.filter(name => name === 'h1')).toHaveLength(4);
});

test('keys are asked about before passwords, a cancelled question ends it, and no event holds the password', async () => {
  const order: string[] = [];
  const events: EventBody[] = [];
  const enter = accessOf(
    {
      trustHostKeys: async () => order.push('key') > 0,
      sudoPassword: async () => (order.push('password') > 2 ? undefined : 'hunter2'),
    },
    event => events.push(event),
  );
  const connect = connectTo({ unknown: () => true, passwords: { h1: 'hunter2', h2: 'other' } }, []);
  const all = await Promise.allSettled(hosts.slice(0, 2).map(host => enter(host, way => connect(host, way))));
  expect(all.map(one => one.status)).toEqual(['fulfilled', 'rejected']);
  expect(order).toEqual(['key', 'password', 'password']);
  expect(JSON.stringify(events)).not.toContain('hunter2');
});
