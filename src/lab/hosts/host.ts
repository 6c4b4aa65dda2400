/** Power: a host is one systemd-nspawn process in its namespace. Its pid is asked of the machine, never remembered. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { diskUp, plainBinds, rootOf } from './disk.js';
import { cableName, netnsName, netnsPath } from '../names.js';
import { plugIn } from './network.js';
import { sh } from '../run.js';
import { type HostRecord, hostDirectory, type LabRecord } from '../state.js';
import { hostOffScript } from '../teardown.js';
import type { LabWorld } from '../world.js';

/**
 * A cgroup of the host's own in every hierarchy, then nspawn in our place: inside its cgroup namespace the host sees
 * only its own processes, so that one kubelet does not sweep another's pods. cpuset must be filled before it can be
 * entered. A lab weighs as much as its hosts would: all of them together would else weigh as much as one process of the
 * machine, and wait for it.
 */
const launcher = `
id=$1 host=$2; shift 2
enter() {
  mkdir -p "$1/$id/$host"; [ -z "$2" ] || "$2" "$1"
  hosts=$(ls -d "$1/$id"/*/ | wc -l)
  [ ! -e "$1/$id/cpu.shares" ] || echo $((1024 * hosts)) > "$1/$id/cpu.shares"
  [ ! -e "$1/$id/cpu.weight" ] || echo $((100 * hosts)) > "$1/$id/cpu.weight"
  echo $$ > "$1/$id/$host/cgroup.procs"
}
fill() {
  for leaf in "$id" "$id/$host"; do
    cat "$1/cpuset.cpus" > "$1/$leaf/cpuset.cpus"
    cat "$1/cpuset.mems" > "$1/$leaf/cpuset.mems"
  done
}
delegate() {
  for node in . "$id"; do
    for controller in $(cat "$1/cgroup.controllers"); do echo "+$controller" > "$1/$node/cgroup.subtree_control" || \
true; done
  done
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then enter /sys/fs/cgroup delegate
else
  for top in /sys/fs/cgroup/*; do
    mountpoint -q "$top" || continue
    if [ -e "$top/cpuset.mems" ]; then enter "$top" fill; else enter "$top" ''; fi
  done
fi
exec systemd-nspawn "$@"
`;

const nspawnArguments = (world: LabWorld, lab: LabRecord, host: HostRecord): readonly string[] => [
  '--quiet',
  '--boot',
  '--register=no',
  '--keep-unit',
  '--console=pipe',
  '--resolv-conf=off',
  '--timezone=off',
  '--link-journal=no',
  '--capability=all',
  '--system-call-filter=@known add_key keyctl bpf',
  '--bind=/dev/kmsg',
  `--machine=${netnsName(lab, host)}`,
  `--hostname=${host.name}`,
  `--directory=${rootOf(world, lab, host)}`,
  `--network-namespace-path=${netnsPath(lab, host)}`,
  ...plainBinds(world, lab, host).map(([from, to]) => `--bind=${from}:${to}`),
];

/** Puts everything of a host that is off in place and starts it; does not wait until it answers. */
export const powerOn = async (world: LabWorld, lab: LabRecord, host: HostRecord): Promise<void> => {
  await powerOff(world, lab, host);
  await Promise.all([diskUp(world, lab, host), plugIn(lab, host)]);
  world.signal?.throwIfAborted();
  const log = openSync(join(hostDirectory(world, lab.name, host.name), 'console.log'), 'a');
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  spawn('/bin/sh', ['-c', `set -e\n${launcher}`, 'kwlab', lab.id, host.name, ...nspawnArguments(world, lab, host)], {
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...(unified ? {} : { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '0' }),
    },
  }).unref();
  closeSync(log);
};

/** A power cut: SIGKILL for every process of the host, its namespace and mount gone, its disk kept. */
export const powerOff = (world: LabWorld, lab: LabRecord, host: HostRecord): Promise<string> =>
  sh(hostOffScript, {
    args: [lab.id, host.name, hostDirectory(world, lab.name, host.name), cableName(lab, host)],
    host: host.name,
  });

export interface Running {
  /** The nspawn process, and the host's own PID 1 as this machine numbers it. */
  readonly pid: number;
  readonly leader: number;
}

/** Every running host on this machine, by its root directory. */
export const runningHosts = async (): Promise<ReadonlyMap<string, Running>> => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async pid => {
      if (!(await readlink(`/proc/${pid}/exe`).catch(() => '')).endsWith('/systemd-nspawn')) return [];
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const root = argv.find(word => word.startsWith('--directory='))?.slice('--directory='.length);
      const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''))
        .trim()
        .split(' ')
        .filter(Boolean);
      return root && children[0] ? [[root, { pid: Number(pid), leader: Number(children[0]) }] as const] : [];
    }),
  );
  return new Map(found.flat());
};
