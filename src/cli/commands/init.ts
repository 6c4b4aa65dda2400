/** `kw init`: answers, a look at the hosts, a commented file that was checked before it was written. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { hostsInWords } from '../../plan/hosts-in-words.js';
import { expandAddresses, expandRange, freeNetworks, readCluster } from '../../spec/index.js';
import { type Answers, renderClusterFile, schemaBeside } from '../../spec/publish/render.js';
import { programFile } from '../../artifacts/program-files.js';
import { makeHome } from '../../transport/home-folder.js';
import { Mistaken, mistaken } from '../../workflow/mistaken.js';
import { interrupted } from '../complaint.js';
import { askingTerminal } from '../asking.js';
import { askForEndpoint, askForHosts, Cancelled } from '../init/ask.js';
import { type Reading, lookAtHosts, tryHost } from '../init/ask-hosts.js';
import { askForKey } from '../init/ask-key.js';
import { byFlag } from '../init/check.js';
import { fromFlags, type InitOptions, restOf } from '../init/flags.js';
import { keysOf } from '../init/keys.js';
import { type Names, namesHere, resolveHosts } from '../init/resolve.js';
import { diagnosticsText } from '../view/diagnostics.js';
import { table } from '../view/table.js';
import { oneLine } from '../view/words.js';
import { writeAtomically, writeNew } from '../write.js';

export const run = async (options: InitOptions): Promise<number> => {
  if (existsSync(options.file)) throw taken(options.file);
  try {
    const answers = await complete(withNetworks(await answersOf(options)), options);
    const text = renderClusterFile(answers);
    checked(text, options.file, true);
    if (!(await writeNew(options.file, text))) throw taken(options.file);
    await writeSchema(dirname(resolve(options.file)));
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    process.stderr.write('cancelled; nothing was written\n');
    return interrupted;
  }
  process.stdout.write(
    `wrote ${options.file}\nnext: look it through, then kw ` +
      `plan${options.file === 'cluster.yaml' ? '' : ` -f ${options.file}`}\n`,
  );
  return 0;
};

/** Asks where somebody is there and the flags leave something open. */
const answersOf = async (options: InitOptions): Promise<Answers> => {
  const asking = askingTerminal();
  const { env, home } = { env: process.env, home: userInfo().homedir };
  const names = namesHere({ env, home });
  if (!asking || (options.name !== undefined && options.host?.length)) return flagsOf(options, names);
  const first = await askForHosts(options, names, asking);
  const spec = specOf({ ...withNetworks(first), ...restOf(options) });
  const attempt = (host: Host) => tryHost(host, options.file, spec.name, options);
  const key =
    options.sshKey ??
    (options.look ? await askForKey(spec, await keysOf(home, env.SSH_AUTH_SOCK), attempt, asking) : undefined);
  const answers = key === undefined ? first : { ...first, ssh: { ...first.ssh, key } };
  return { ...(await askForEndpoint(options.endpoint, answers, spec, asking)), ...restOf(options) };
};

/** The same without anybody to ask: names are looked up here too. */
const flagsOf = async (options: InitOptions, names: Names): Promise<Answers> => {
  const answers = fromFlags(options);
  const { entries, problems } = await resolveHosts(options.host ?? [], names);
  if (problems.length > 0)
    throw new Mistaken(problems.map(says => ({ code: 'no-address', severity: 'error', says: `--host: ${says}` })));
  return { ...answers, hosts: entries };
};

/**
 * Where a host lies in the networks that are the default, others stand in the file: a default must not depend on the
 * hosts.
 */
const withNetworks = (answers: Answers): Answers => {
  const addresses = answers.hosts.flatMap(host =>
    typeof host === 'string'
      ? (expandRange(host) ?? [])
      : (expandAddresses(host.address, (host.name === undefined ? undefined : expandRange(host.name)?.length) ?? 1) ??
        []),
  );
  const [free, usual] = [freeNetworks(addresses), freeNetworks([])];
  return free.pods === usual.pods && free.services === usual.services ? answers : { ...answers, network: free };
};

/** Whoever has named a host w1 wants to know that it will hold etcd. */
export const dealtText = (hosts: readonly Pick<Host, 'name' | 'roles'>[]): string => {
  const of = (role: Host['roles'][number]): string =>
    oneLine(hostsInWords(hosts.filter(({ roles }) => roles.includes(role)).map(({ name }) => name)));
  return (
    'roles, by the number of hosts since none were given:\n' +
    `  control planes with etcd: ${of('controlPlane')}\n  workers: ${of('worker') || 'none'}\n`
  );
};

/** Beside the cluster file, where its first line tells editors to look, also where nobody has a clone of kw. */
const writeSchema = async (folder: string): Promise<void> => {
  const path = join(folder, schemaBeside);
  await makeHome(dirname(path));
  await writeAtomically(path, (await programFile('docs/cluster.schema.json')) ?? '');
};

/** What nobody was asked: the version, the hosts' own names. */
const complete = async (answers: Answers, options: InitOptions): Promise<Answers> => {
  const spec = specOf(answers);
  const seen = options.look ? await lookAtHosts(spec, options.file, options) : [];
  if (seen.length > 0)
    process.stderr.write(
      table(
        ['host', 'address', 'seen'],
        seen.map(({ host, says }) => [oneLine(host.name), host.address, says]),
      ),
    );
  if (answers.hosts.every(entry => typeof entry === 'string' || !entry.roles))
    process.stderr.write(dealtText(spec.hosts));
  return {
    ...answers,
    // Written down: the default is the newest version that kw knows, and a newer kw would upgrade the cluster by
    // itself.
    kubernetes: answers.kubernetes ?? spec.kubernetes,
    hosts: answers.hosts.map(entry => (typeof entry === 'string' ? named(entry, seen) : entry)),
  };
};

/** An address alone gets the name by which the host knows itself, where that is one that no other host has. */
const named = (address: string, seen: readonly Reading[]): Answers['hosts'][number] => {
  const short = (one: Reading): string => one.hostname?.split('.')[0] ?? '';
  const own = seen.find(one => one.host.address === address);
  const name = own ? short(own) : '';
  const unique = seen.filter(one => short(one) === name).length === 1;
  return unique && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) && name !== 'localhost'
    ? { name, address }
    : address;
};

/** @param aloud Also say the warnings. @throws Mistaken with every mistake. */
const checked = (text: string, file: string, aloud = false): ClusterSpec => {
  const result = readCluster(text, file);
  // There is no file yet in which a place could be looked up.
  if (!result.ok) throw new Mistaken(byFlag(result.problems, text));
  if (aloud && result.warnings.length > 0) process.stderr.write(`${diagnosticsText(byFlag(result.warnings, text))}\n`);
  return result.value;
};

const specOf = (answers: Answers): ClusterSpec => checked(renderClusterFile(answers), '');

const taken = (file: string): Mistaken =>
  mistaken(
    'file-exists',
    `${file} is there already, and an existing file is never overwritten`,
    `give another name with -f, or move it away: mv ${file} ${file}.old`,
  );
