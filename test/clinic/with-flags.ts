/** Sets flags of a component on a host: in its argv, and in the unit or manifest that starts it. */
import { parse, stringify } from 'yaml';
import type { HostChart, ProcessSeen } from '../../src/clinic/chart/host-chart.js';
import type { FileSeen } from '../../src/clinic/chart/seen.js';

type Flags = Readonly<Record<string, string | null>>;

export const withFlags = (host: HostChart, programs: Readonly<Record<string, Flags>>): HostChart => {
  let next = host;
  for (const [program, flags] of Object.entries(programs)) next = one(next, program, flags);
  return next;
};

const one = (host: HostChart, program: string, flags: Flags): HostChart => {
  if (!('value' in host.processes) || !('value' in host.files))
    throw new Error(`flags: ${host.name} lacks processes or files`);
  return {
    ...host,
    processes: {
      ...host.processes,
      value: host.processes.value.map(process =>
        process.program === program ? { ...process, argv: argvWith(process, flags) } : process,
      ),
    },
    files: { ...host.files, value: host.files.value.map(file => textWith(file, program, flags)) },
  };
};

const argvWith = ({ argv }: Pick<ProcessSeen, 'argv'>, flags: Flags): readonly string[] => [
  ...argv.filter(word => !Object.keys(flags).some(flag => word === `--${flag}` || word.startsWith(`--${flag}=`))),
  ...Object.entries(flags).flatMap(([flag, value]) => (value === null ? [] : [`--${flag}=${value}`])),
];

const textWith = (file: FileSeen, program: string, flags: Flags): FileSeen => {
  if (file.path === `/etc/kubernetes/manifests/${program}.yaml`) {
    const pod = parse(file.text ?? '');
    pod.spec.containers[0].command = argvWith({ argv: pod.spec.containers[0].command }, flags);
    return { ...file, text: stringify(pod, { lineWidth: 0 }) };
  }
  if (!file.path.endsWith(`/${program}.service`)) return file;
  const lines = (file.text ?? '')
    .split('\n')
    .filter(line => !Object.keys(flags).some(flag => new RegExp(`^\\s+"?--${flag}=`).test(line)));
  const start = lines.findIndex(line => line.startsWith('ExecStart='));
  const added = Object.entries(flags).flatMap(([flag, value]) => (value === null ? [] : [`  "--${flag}=${value}" \\`]));
  const first = lines[start] ?? '';
  lines.splice(start, 1, first.endsWith('\\') ? first : `${first} \\`, ...added);
  return { ...file, text: lines.join('\n') };
};
