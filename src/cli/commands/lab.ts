/** `kw lab …`: the lab's own functions, and their words for people. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { newestHere } from '../../artifacts/index.js';
import {
  clusterFileForLab,
  defaultLab,
  labDown,
  labSsh,
  labStatus,
  labUp,
  type LabOptions,
  type LabState,
  type LabWant,
} from '../../lab/index.js';
import { table } from '../view/table.js';
import { writeAtomically } from '../write.js';

interface Named {
  readonly name?: string;
}

/** Progress belongs to stderr: stdout is for results. */
const talking: LabOptions = {
  progress: says => {
    process.stderr.write(`lab: ${says}\n`);
  },
};

export const up = async (
  options: Named & { readonly hosts?: number; readonly subnet?: string; readonly file: string },
): Promise<number> => {
  const want: LabWant = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
    ...(options.subnet === undefined ? {} : { subnet: options.subnet }),
  };
  const lab = await labUp(want, talking);
  process.stdout.write(hostsOf(lab));
  if (existsSync(options.file)) {
    process.stdout.write(`\n${options.file} is there already and stays as it is.\n`);
  } else {
    const head = '# The cluster of a lab, written by kw lab up. Every default: kw plan --explain-defaults\n';
    await mkdir(dirname(options.file), { recursive: true });
    await writeAtomically(options.file, head + stringify(clusterFileForLab(lab, { version: await newestHere() })));
    process.stdout.write(
      `\nwrote ${options.file}; next: kw up${options.file === 'cluster.yaml' ? '' : ` -f ${options.file}`}\n`,
    );
  }
  return 0;
};

export const status = async (options: Named & { readonly json?: boolean }): Promise<number> => {
  const lab = await labStatus(options.name);
  if (options.json) process.stdout.write(`${JSON.stringify(lab ?? null, undefined, 2)}\n`);
  else
    process.stdout.write(lab ? hostsOf(lab) : `there is no lab '${options.name ?? defaultLab}'; make it: kw lab up\n`);
  return lab?.hosts.every(host => host.running) ? 0 : 2;
};

export const ssh = ({
  name,
  host,
  command,
}: Named & { readonly host: string; readonly command: readonly string[] }): Promise<number> =>
  labSsh(name ?? defaultLab, host, command);

export const down = async ({ name }: Named): Promise<number> => {
  const existed = await labDown(name, talking);
  process.stdout.write(
    existed ? `lab '${name ?? defaultLab}' is gone\n` : `there is no lab '${name ?? defaultLab}'; nothing to do\n`,
  );
  return 0;
};

const hostsOf = (lab: LabState): string =>
  `lab '${lab.name}' in ${lab.subnet}\n${table(
    ['host', 'address', 'state'],
    lab.hosts.map(host => [host.name, host.address, host.running ? 'runs' : 'off']),
  )}`;
