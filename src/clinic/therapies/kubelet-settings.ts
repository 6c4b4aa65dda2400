/** Changes of what a kubelet is told, wherever it is told it: configuration file, unit, drop-in or environment file. */
import { idOf, type Resource } from '../../model/resource.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from '../read/flags.js';
import { kubeletOf } from '../read/kubelet.js';
import { freshUnit } from './files.js';
import { arePlain } from './plain-flags.js';
import { editText, editYaml } from './place.js';
import { restoreAt } from './restore.js';

/** undefined as value takes the field away. A flag of the same meaning, which would win, goes too. */
export const kubeletSetting = (
  chart: Chart,
  host: HostChart,
  field: string,
  value: unknown,
  because: string,
  flag?: string,
): readonly Resource[] => {
  const { path, flags } = kubeletOf(host);
  const restored = restoreAt(chart, host.name, path, '/etc/systemd/system/kubelet.service');
  if (restored.length > 0) return restored;
  const steps = field.split('.');
  const file = editYaml(
    host,
    path,
    doc => {
      if (value === undefined) doc.deleteIn(steps);
      else doc.setIn(steps, value);
    },
    because,
  );
  const gone =
    flag !== undefined && flags?.get(flag) !== undefined ? flagEdits(host, 'kubelet', { [flag]: null }, because) : [];
  return withUnit(host, 'kubelet', [...(file ? [file] : []), ...gone], because);
};

/**
 * Kubewizard's own unit again; elsewhere the flag is changed where it stands, or added to kubeadm's environment file.
 * Empty: nothing was seen that could be edited, or a value is not a plain word.
 */
export const programFlags = (
  chart: Chart,
  host: HostChart,
  program: string,
  flags: Readonly<Record<string, string | null>>,
  because: string,
): readonly Resource[] => {
  const restored = restoreAt(chart, host.name, `/etc/systemd/system/${program}.service`);
  if (restored.length > 0) return restored;
  return arePlain(flags) ? withUnit(host, program, flagEdits(host, program, flags, because), because) : [];
};

const withUnit = (
  host: HostChart,
  program: string,
  files: readonly Resource[],
  because: string,
): readonly Resource[] =>
  files.length === 0
    ? []
    : [
        ...files.map(file => ({ ...file, stage: 'nodes' as const })),
        freshUnit(
          `${program}.service`,
          files.map(file => file.key),
          { host: host.name, because, stage: 'nodes', after: files.map(idOf) },
        ),
      ];

const flagEdits = (
  host: HostChart,
  program: string,
  flags: Readonly<Record<string, string | null>>,
  because: string,
): readonly Resource[] => {
  const texts = new Map(sourcesOf(host, program).map(file => [file.path, file.text ?? '']));
  for (const [flag, value] of Object.entries(flags)) setFlag(texts, flag, value);
  return [...texts].flatMap(([path, text]) => editText(host, path, () => text, because) ?? []);
};

const setFlag = (texts: Map<string, string>, flag: string, value: string | null): void => {
  const there = new RegExp(`(^|[\\s"'=])--${flag}(?:[= ](?!-)[^\\s"'\\\\]*)?(?=[\\s"'\\\\]|$)`, 'm');
  let set = false;
  for (const [path, text] of texts) {
    if (!there.test(text)) continue;
    texts.set(
      path,
      value === null
        ? text.replace(there, '$1').replace(/\n[ \t]*(""[ \t]*)?\\\n/g, '\n')
        : text.replace(there, `$1--${flag}=${value}`),
    );
    set = true;
  }
  if (set || value === null) return;
  const [path, text] = [...texts].find(([name]) => name.endsWith('.env')) ?? [...texts][0] ?? [];
  if (path !== undefined && text !== undefined)
    texts.set(
      path,
      path.endsWith('.env')
        ? text.replace(/="/, `="--${flag}=${value} `)
        : text.replace(/^(ExecStart=\S+)/m, `$1 --${flag}=${value}`),
    );
};

/** Everything that systemd reads for the unit. */
const sourcesOf = (host: HostChart, program: string) => {
  const files = 'value' in host.files ? host.files.value : [];
  const unit = flagsOf(host, program).source;
  const own = files.filter(file => file.path === unit || file.path.includes(`/${program}.service.d/`));
  const named = new Set(
    own.flatMap(file => [...(file.text ?? '').matchAll(/^EnvironmentFile=-?(\S+)$/gm)].map(([, path]) => path)),
  );
  return [...own, ...files.filter(file => named.has(file.path))];
};
