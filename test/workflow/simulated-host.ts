/**
 * A host of the engine's tests that answers as an empty machine would when it is asked what it is; the rest is this
 * machine's own shell.
 */
import { readFileSync } from 'node:fs';
import { recoveryPaths } from '../../src/engine/vault/names.js';
import type { Connection } from '../../src/transport/connection.js';
import { failed } from '../../src/transport/failures.js';
import type { TestHost } from '../engine/world.js';
import { type Script, sh } from '../../src/shell/sh.js';

const recorded = readFileSync(new URL('../facts/fixtures/preflight-lab-control-plane.txt', import.meta.url), 'utf8');

const facts = (name: string): string =>
  [
    `hostname=${name}`,
    'os=debian',
    'osVersion=12',
    'arch=x86_64',
    'cpus=4',
    'memory=8388608',
    'cgroup=v2',
    'interface=eth0',
    'mtu=1500',
    'resolvConf=/etc/resolv.conf',
    '',
  ].join('\n');

/** `kw-2` has the address 10.88.1.12, and so on. */
export const addressOf = (name: string): string => `10.88.1.1${name.slice(-1)}`;

const preflight = (name: string): string =>
  recorded
    .replace(/^==kw clock\n.*\n/m, `==kw clock\n${Date.now() / 1000}\n`)
    .replace('hostname=kw-1', `hostname=${name}`)
    .replace(/^machineId=.*$/m, `machineId=${name.slice(-1).repeat(32)}`)
    .replace(/^.* silent\n/gm, '')
    .replaceAll('10.88.1.11', addressOf(name));

/** In frames, as src/shell/questions.ts writes them. */
const framed = (script: string, answers: Readonly<Record<string, readonly [output: string, code: number]>>): string => {
  const nonce = /printf '\\n%s> %s\\n' ([A-Za-z0-9]+)/.exec(script)?.[1] ?? '';
  return Object.entries(answers)
    .map(
      ([id, [output, code]]) =>
        `\n${nonce}> ${encodeURIComponent(id)}\n${output}\n${nonce}< ${encodeURIComponent(id)} ${code}\n`,
    )
    .join('');
};

/** The answer of a host that has these files of `recoveryPaths`. */
export const filesIn = (script: string, files: Readonly<Record<string, string>>): string =>
  framed(script, Object.fromEntries(recoveryPaths.map(path => [path, [files[path] ?? '', path in files ? 0 : 1]])));

/** What a host says beyond an empty one. */
export interface Says {
  /** Lines of `facts/host.ts`. */
  readonly facts?: string;
  /** The answer to a script that has these words. */
  readonly to?: Readonly<Record<string, string>>;
}

const answerOf = (name: string, script: string, carried: string, says: Says): string | undefined => {
  if (script.includes('kw_carried')) return framed(script, { 0: [carried, 0] });
  if (script.includes('oom=adjustable')) return framed(script, { 0: [facts(name) + (says.facts ?? ''), 0] });
  const told = Object.entries(says.to ?? {}).find(([words]) => script.includes(words));
  if (told) return framed(script, { 0: [told[1], 0] });
  if (script.includes('==kw ')) return framed(script, { 0: [preflight(name), 0] });
  if (recoveryPaths.some(path => script.includes(`cat ${path}`) || script.includes(`cat '${path}'`)))
    return framed(script, Object.fromEntries(recoveryPaths.map(path => [path, ['', 1] as const])));
  return undefined;
};

/**
 * Kubewizard's own folders on it lie in the test's folder, wherever a script names them.
 * @param carried What it says of the cluster that it carries; absent: none.
 */
export const simulated = async (host: TestHost, carried = 'end=yes\n', says: Says = {}): Promise<Connection> => {
  const connection = await host.connect();
  const inside = (script: string): Script =>
    sh`eval ${script
      .replaceAll('/var/lib/kubewizard', `${host.root}/home`)
      .replaceAll('/var/lib/kubelet', `${host.root}/kubelet`)
      .replaceAll('/run/kubewizard', `${host.root}/scratch`)}`;
  return {
    ...connection,
    run: async (script, options) => {
      const stdout = answerOf(host.name, script, carried, says);
      return stdout === undefined ? connection.run(inside(script), options) : { code: 0, stdout, stderr: '' };
    },
    forward: async () => {
      throw failed(host.name, 'unreachable', 'no API server listens there');
    },
    open: (script, options) => connection.open(inside(script), options),
  };
};
