/** The lab itself: needs root on Debian. Everything is done for real, in a lab of its own beside others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  labCut,
  labDown,
  labMend,
  labReset,
  labRestore,
  labSave,
  type LabState,
  labSshArgv,
  labStartHost,
  labStatus,
  labStopHost,
  labUp,
} from '../../src/lab/index.js';
import { run } from '../../src/lab/run.js';
import { userCache } from '../../src/lab/world.js';

const name = 'labtest';
const subnet = '10.88.219.0/24';
const minutes = 60_000;

const on = async (host: string, command: string, user = 'root'): Promise<string> =>
  (await run([...(await labSshArgv(name, host, { user })), '-o', 'ConnectTimeout=3', command])).trim();

/** Everything on this machine that bears the lab's mark. */
const traces = async (): Promise<readonly string[]> => {
  const [links, namespaces, routes, mounts, processes, loops] = await Promise.all([
    run(['ip', '-br', 'link']),
    run(['ip', 'netns', 'list']),
    run(['ip', 'route']),
    readFile('/proc/mounts', 'utf8'),
    run(['ps', '-eo', 'args']),
    run(['losetup', '--all']),
  ]);
  const cgroups = await run(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', 'kwlab219']);
  const marks = (text: string, mark: string): readonly string[] =>
    text.split('\n').filter(line => line.includes(mark) && !line.startsWith('ps '));
  return [
    ...marks(links, 'kwlab219'),
    ...marks(links, 'kw219-'),
    ...marks(namespaces, 'kwlab219'),
    ...marks(routes, '10.88.219.'),
    ...marks(mounts, `/lab/${name}/`),
    ...marks(loops, `/lab/${name}/`),
    ...marks(processes, '--machine=kwlab219'),
    ...marks(cgroups, 'kwlab219'),
  ];
};

describe('a lab of two hosts', () => {
  let lab: LabState;
  beforeAll(async () => {
    await labDown(name);
    lab = await labUp({ name, subnet, hosts: 2 });
  }, 5 * minutes);
  afterAll(async () => {
    await labDown(name);
  }, minutes);

  test('lets root and a plain user with sudo in', async () => {
    expect(await on('kw-1', 'hostname; id -un')).toBe('kw-1\nroot');
    expect(await on('kw-2', 'id -un; sudo id -un', 'kw')).toBe('kw\nroot');
  });

  test('has hosts that differ', async () => {
    const ask = 'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub';
    expect(await on('kw-1', ask)).not.toBe(await on('kw-2', ask));
    expect(lab.hosts[0]?.hostKey).toMatch(/^ssh-ed25519 AAAA/);
  });

  test('boots into a quiet, healthy system', async () => {
    expect(await on('kw-1', 'systemctl is-system-running --wait')).toBe('running');
    expect(await on('kw-1', 'systemctl is-active containerd haproxy keepalived || true')).toBe(
      'inactive\ninactive\ninactive',
    );
  });

  test('gives hosts their own cgroups and writable sysctls', async () => {
    expect(await on('kw-1', 'cut -d: -f3 /proc/1/cgroup | sort -u | head -1')).toBe('/');
    await on(
      'kw-1',
      'mkdir /sys/fs/cgroup/memory/t && rmdir /sys/fs/cgroup/memory/t && sysctl -qw net.ipv4.ip_forward=1',
    );
    expect(await on('kw-2', 'cat /proc/sys/net/ipv4/ip_forward')).toBe('0');
  });

  test('has more room on its disks than kubelets want, whatever else lies on this machine', async () => {
    for (const path of ['/', '/var/lib/kubelet', '/var/lib/containerd', '/var/lib/etcd']) {
      const [size = 0, free = 0] = (await on('kw-1', `df -k --output=size,avail ${path} | tail -1`))
        .split(/\s+/)
        .map(Number);
      expect(free / size, path).toBeGreaterThan(0.35);
    }
  });

  test('lets nothing out', async () => {
    expect(await on('kw-1', 'ip route')).not.toContain('default');
    expect(await run(['ip', 'route', 'get', '10.88.219.77'])).toContain('kwlab219');
    expect(await run(['ip', 'route', 'show', 'type', 'unreachable'])).toContain(subnet);
  });

  test('leaves running hosts alone when it is wanted again', async () => {
    const again = await labUp({ name, hosts: 2 });
    expect(again.hosts.map(host => host.pid)).toEqual(lab.hosts.map(host => host.pid));
  });

  test(
    "keeps a host's disk over a power cut, and nothing else",
    async () => {
      await on(
        'kw-2',
        'touch /root/kept /var/lib/etcd/kept /run/lost; ip link add kept0 type veth peer name kept1; sync',
      );
      await labStopHost(name, 'kw-2');
      expect((await labStatus(name))?.hosts.map(host => host.running)).toEqual([true, false]);
      await expect(on('kw-2', 'true')).rejects.toThrow();
      await labStartHost(name, 'kw-2');
      expect(
        await on('kw-2', 'ls /root/kept /var/lib/etcd/kept; ls /run/lost 2>&1 >/dev/null | wc -l; ip -br link | wc -l'),
      ).toBe('/root/kept\n/var/lib/etcd/kept\n1\n2');
    },
    minutes,
  );

  test('cuts and mends the cable', async () => {
    await labCut(name, 'kw-2');
    await expect(on('kw-1', 'ping -c1 -W1 10.88.219.12')).rejects.toThrow();
    await labMend(name, 'kw-2');
    expect(await on('kw-1', 'ping -c1 -W2 10.88.219.12')).toContain('1 received');
  });

  test(
    'makes a host afresh, with the same identity',
    async () => {
      const id = await on('kw-2', 'cat /etc/machine-id');
      await labReset(name, 'kw-2');
      expect(await on('kw-2', 'cat /etc/machine-id; ls /root /var/lib/etcd')).toBe(`${id}\n/root:\n\n/var/lib/etcd:`);
    },
    minutes,
  );

  test(
    'grows',
    async () => {
      const three = await labUp({ name, hosts: 3 });
      expect(three.hosts.map(host => host.address)).toEqual(['10.88.219.11', '10.88.219.12', '10.88.219.13']);
      expect(await on('kw-3', 'hostname')).toBe('kw-3');
    },
    minutes,
  );

  test(
    'keeps its disks under a word and brings them back, also to another name once its subnet is free',
    async () => {
      const as = 'labtest-kept';
      const other = 'labtest-again';
      // A host that an earlier test added comes back as well.
      const ours = (back: LabState | undefined) =>
        (back?.hosts ?? []).filter(host => lab.hosts.some(one => one.name === host.name));
      await on('kw-1', 'mknod -m 600 /root/odd p; echo one >/root/kept; echo one >/var/lib/etcd/kept; rm -f /etc/motd');
      const read = 'cat /root/kept /var/lib/etcd/kept /etc/machine-id; stat -c %F /root/odd; ls /etc/motd 2>&1 || true';
      try {
        await labSave(name, as);
        const before = await on('kw-1', read);
        await on('kw-1', 'echo two >/root/kept; rm /var/lib/etcd/kept /root/odd; echo more >/etc/motd');
        expect(await labRestore(as, other)).toBeUndefined();
        expect(ours(await labRestore(as, name)).map(host => host.hostKey)).toEqual(lab.hosts.map(host => host.hostKey));
        expect(await on('kw-1', read)).toBe(before);
        await labDown(name);
        expect(ours(await labRestore(as, other)).map(host => host.address)).toEqual(
          lab.hosts.map(host => host.address),
        );
        expect(await labRestore('labtest-unheard-of', 'labtest-third')).toBeUndefined();
      } finally {
        await labDown(other);
        lab = await labUp({ name, subnet, hosts: 2 });
        await rm(join(userCache(process.env), 'lab/saved', as), { recursive: true, force: true });
      }
    },
    3 * minutes,
  );

  test('refuses another subnet, and a subnet in use', async () => {
    await expect(labUp({ name, subnet: '10.88.218.0/24' })).rejects.toThrow(/stands in 10\.88\.219/);
    await expect(labUp({ name: 'labtest2', subnet, hosts: 1 })).rejects.toThrow(/in use/);
    await labDown('labtest2');
  });

  test(
    'shares its subnet with no lab that comes up at the same time',
    async () => {
      const twins = ['labtwin1', 'labtwin2'];
      try {
        const [one, other] = await Promise.all(twins.map(twin => labUp({ name: twin, hosts: 1 })));
        expect(one?.subnet).not.toBe(other?.subnet);
      } finally {
        for (const twin of twins) await labDown(twin);
      }
    },
    2 * minutes,
  );

  test(
    'goes without a trace, also twice',
    async () => {
      expect((await traces()).length).toBeGreaterThan(5);
      expect(await labDown(name)).toBe(true);
      expect(await traces()).toEqual([]);
      expect(existsSync(lab.directory)).toBe(false);
      expect(await labDown(name)).toBe(false);
    },
    minutes,
  );
});

describe('the end of the process that owns a lab', () => {
  const owner = fileURLToPath(new URL('./owner.ts', import.meta.url));
  const gone = async (): Promise<void> => {
    for (let tries = 0; tries < 100 && (await traces()).length > 0; tries += 1)
      await new Promise(resolve => setTimeout(resolve, 200));
    expect(await traces()).toEqual([]);
  };

  test.each([
    ['SIGKILL', 0],
    ['SIGKILL', 700],
    ['SIGTERM', 0],
    ['SIGINT', 400],
  ] as const)(
    '%s after %i ms (0: once it is up) takes it down',
    async (signal, after) => {
      const child = spawn(process.execPath, ['--import', 'tsx', owner, name, subnet], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      await once(child.stdout, 'data');
      if (after === 0) {
        await once(child.stdout, 'data');
        expect((await traces()).length).toBeGreaterThan(5);
      }
      await new Promise(resolve => setTimeout(resolve, after));
      child.kill(signal);
      await ended;
      await gone();
    },
    2 * minutes,
  );
});
