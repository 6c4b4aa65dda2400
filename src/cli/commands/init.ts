/** `kw init`: answers, a look at the hosts, a commented file that was checked before it was written. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ClusterSpec } from '../../model/cluster.js';
import { expandAddresses, expandRange, freeNetworks, readCluster } from '../../spec/index.js';
import { type Answers, renderClusterFile, schemaBeside } from '../../spec/publish/render.js';
import { programFile } from '../../artifacts/program-files.js';
import { makeHome } from '../../transport/home-folder.js';
import { Mistaken, mistaken } from '../../workflow/mistaken.js';
import { interrupted } from '../complaint.js';
import { askForEndpoint, askForHosts, Cancelled } from '../init/ask.js';
import { fromFlags, type InitOptions } from '../init/flags.js';
import { type Reading, lookAtHosts } from '../init/ask-hosts.js';
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

const answersOf = async (options: InitOptions): Promise<Answers> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY || (options.name !== undefined && options.host?.length))
    return fromFlags(options);
  const asked = await askForHosts(options);
  return fromFlags(
    await askForEndpoint(asked, checked(renderClusterFile(withNetworks(fromFlags(asked))), options.file)),
  );
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

/** Beside the cluster file, where its first line tells editors to look, also where nobody has a clone of kw. */
const writeSchema = async (folder: string): Promise<void> => {
  const path = join(folder, schemaBeside);
  await makeHome(dirname(path));
  await writeAtomically(path, (await programFile('docs/cluster.schema.json')) ?? '');
};

/** What nobody was asked: the version, the hosts' own names. */
const complete = async (answers: Answers, options: InitOptions): Promise<Answers> => {
  const spec = checked(renderClusterFile(answers), options.file);
  const seen = options.look ? await lookAtHosts(spec, options.file, options) : [];
  if (seen.length > 0)
    process.stderr.write(
      table(
        ['host', 'address', 'seen'],
        seen.map(({ host, says }) => [oneLine(host.name), host.address, says]),
      ),
    );
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
  if (!result.ok) throw new Mistaken(result.problems, text);
  if (aloud && result.warnings.length > 0)
    process.stderr.write(`${diagnosticsText(result.warnings, { source: text })}\n`);
  return result.value;
};

const taken = (file: string): Mistaken =>
  mistaken(
    'file-exists',
    `${file} is there already, and an existing file is never overwritten`,
    `give another name with -f, or move it away: mv ${file} ${file}.old`,
  );
