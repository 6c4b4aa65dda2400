/** `kw lab break` and `kw lab heal`: a lab's cluster made ill on purpose, for tests and for learning. */
import { existsSync } from 'node:fs';
import { meaningOf } from '../../clinic/case.js';
import { cases } from '../../clinic/cases/index.js';
import { properName } from '../../clinic/cases/names.js';
import { faults } from '../../lab/faults/index.js';
import type { FaultVariant, LabCluster } from '../../lab/faults/fault.js';
import { defaultLab, labInstall, type LabState, labStatus } from '../../lab/index.js';
import { awaitSymptom, breakIt, labCluster, labShell, unfit } from '../../lab/faults/break.js';
import { WorldFailed } from '../../model/event.js';
import { readCluster } from '../../spec/index.js';
import { readFile } from 'node:fs/promises';
import { escapeForTerminal } from '../../shell/terminal.js';
import { mistaken } from '../../workflow/mistaken.js';
import { table } from '../view/table.js';
import { run as healing } from './heal.js';

export interface BreakOptions {
  readonly file: string;
  readonly name?: string;
  readonly case?: string;
}

/** Without a case it lists what can be broken; the first variant where none is named. */
export const breakCase = async (options: BreakOptions): Promise<number> => {
  if (options.case === undefined) {
    process.stdout.write(list());
    return 0;
  }
  const { name, fault } = named(properName(options.case));
  const lab = await labOf(options);
  const on = labShell(lab.name);
  const cluster = await labCluster(lab, on);
  const why = unfit(fault, cluster);
  if (why !== undefined)
    throw new WorldFailed({
      class: 'refused',
      message: `${name} cannot be brought about in lab '${lab.name}': ${why}`,
    });
  process.stderr.write(`breaking ${name} on ${[fault.on(cluster)].flat().join(', ')}\n`);
  await breakIt(fault, cluster, on, (host, packages) => labInstall(lab.name, host, packages));
  process.stderr.write(`waiting for the symptom (up to ${fault.symptom.seconds ?? 60} s)\n`);
  const { seconds, line } = await awaitSymptom(fault, cluster, on);
  process.stdout.write(
    `${name}: the world notices after ${seconds.toFixed(0)} s: ` +
      `${escapeForTerminal(line)}\n${next(options, cluster, lab)}`,
  );
  return 0;
};

/** Heals whatever is ill there; a cluster that kubeadm built is reached by its hosts. */
export const healLab = async ({
  file,
  name,
  yes = true,
}: {
  readonly file: string;
  readonly name?: string;
  readonly yes?: boolean;
}): Promise<number> => {
  const lab = await labOf({ file, ...(name === undefined ? {} : { name }) });
  const { built } = await labCluster(lab, labShell(lab.name));
  return healing({
    file,
    yes,
    ...(built === 'kubeadm' ? { hosts: lab.hosts.map(host => host.address).join(','), sshKey: lab.sshKey } : {}),
  });
};

const named = (word: string): { readonly name: string; readonly fault: FaultVariant } => {
  const [id = '', variant] = word.split('/');
  const fault = faults.find(one => one.case === id);
  if (!fault) throw mistaken('unknown-case', `there is no case ${id}`, 'kw lab break lists what can be broken');
  const all = Object.keys(fault.variants);
  const chosen = variant ?? all[0];
  const found = chosen === undefined ? undefined : fault.variants[chosen];
  if (!found)
    throw mistaken(
      'no-fault',
      variant === undefined
        ? `${id} cannot be brought about in the lab: ${fault.notes ?? ''}`
        : `${id} has no fault ${variant} for the lab`,
      all.length > 0 ? `it has ${all.join(', ')}` : 'kw lab break lists what can be broken',
    );
  return { name: `${id}/${chosen}`, fault: found };
};

/** The lab that is named, else the one in which the cluster file's hosts stand, else the usual one. */
const labOf = async ({ file, name }: Pick<BreakOptions, 'file' | 'name'>): Promise<LabState> => {
  const found = name ?? (await labOfFile(file)) ?? defaultLab;
  const lab = await labStatus(found);
  if (!lab)
    throw new WorldFailed({
      class: 'refused',
      message: `there is no lab '${found}'`,
      help: 'make it first: kw lab up; faults are made only in a lab',
    });
  return lab;
};

const labOfFile = async (file: string): Promise<string | undefined> => {
  if (!existsSync(file)) return undefined;
  const checked = readCluster(await readFile(file, 'utf8'), file);
  const keys = checked.ok ? checked.value.hosts.flatMap(host => host.ssh.key ?? []) : [];
  // A lab's key lies in its own folder: …/lab/NAME/id_ed25519.
  return keys.map(key => /\/lab\/([a-z][a-z0-9-]*)\/id_ed25519$/.exec(key)?.[1]).find(one => one !== undefined);
};

const next = ({ file }: BreakOptions, { built }: LabCluster, lab: LabState): string => {
  const where =
    built === 'kubewizard'
      ? file === 'cluster.yaml'
        ? ''
        : ` -f ${file}`
      : ` --hosts ${lab.hosts.map(host => host.address).join(',')} --ssh-key ${lab.sshKey}`;
  return `next: kw doctor${where}   then: kw heal${where}\n`;
};

const list = (): string => {
  const meaning = (id: string, variant: string): string => {
    const found = cases.find(each => each.id === id);
    return found ? meaningOf(found, variant) : '';
  };
  const rows = faults.flatMap(fault =>
    Object.entries(fault.variants).map(([variant, one]) => [
      `${fault.case}/${variant}`,
      one.built ?? 'both',
      meaning(fault.case, variant),
    ]),
  );
  const known = table(['fault', 'on clusters of', 'what it is'], rows, process.stdout.columns);
  return `${known}\nkw lab break CASE[/VARIANT] makes the lab's cluster ill; kw lab heal cures it\n`;
};
