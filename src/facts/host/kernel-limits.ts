/** Kernel settings that a production host wants: which of them this host has, and may set. */
import { type Script, sh } from '../../shell/sh.js';

/** Limits that are counted for the whole kernel, or for the host's network. */
export const limitNames = [
  'fs.file-max',
  'fs.inotify.max_user_instances',
  'fs.inotify.max_user_watches',
  'kernel.pid_max',
  'net.ipv4.neigh.default.gc_thresh1',
  'net.ipv4.neigh.default.gc_thresh2',
  'net.ipv4.neigh.default.gc_thresh3',
  'vm.max_map_count',
] as const;

/** What the kubelet's `protectKernelDefaults` compares (kubernetes, pkg/util/sysctl): it refuses any other value. */
export const kubeletNames = [
  'kernel.keys.root_maxbytes',
  'kernel.keys.root_maxkeys',
  'kernel.panic',
  'kernel.panic_on_oops',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
] as const;

export type LimitName = (typeof limitNames)[number];
export type KubeletKernelName = (typeof kubeletNames)[number];

const paths = [...limitNames, ...kubeletNames].map(name => `/proc/sys/${name.replaceAll('.', '/')}`);

/**
 * Lines `sysctl=NAME VALUE` of those that can be set, asked by setting what they are: what /proc shows as writable is
 * refused in containers. One grep, since dash's `read` would get a number's first byte only.
 */
export const kernelScript: Script = sh`grep -Hs '' ${paths} | while IFS=: read -r path value; do
  { printf '%s\\n' "$value" >"$path"; } 2>/dev/null && printf 'sysctl=%s %s\\n' "$path" "$value"; done`;

/** By name, with the value that it has now. */
export const readKernel = (output: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...output.matchAll(/^sysctl=\/proc\/sys\/(\S+) (\S+)$/gm)].map(([, path = '', value = '']) => [
      path.replaceAll('/', '.'),
      value,
    ]),
  );

/** These are not in a network namespace of their own: only the host that owns the kernel has them. */
export const ownsKernel = (sysctls: Readonly<Record<string, string>>): boolean =>
  'net.ipv4.neigh.default.gc_thresh1' in sysctls;
