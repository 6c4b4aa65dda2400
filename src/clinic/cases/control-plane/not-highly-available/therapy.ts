/** Redundancy brought back where that is possible without new hosts. */
import { idOf, type Resource } from '../../../../model/resource.js';
import type { ServiceWant } from '../../../../resources/wants.js';
import { absolutePath } from '../../../../model/path.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { freshUnit, noFile, textFile } from '../../../therapies/files.js';
import { restore, restoreAt } from '../../../therapies/restore.js';
import { isComponent } from './facts.js';

/** The blueprint's own configuration of the load balancer. */
export const balancerAgain = (chart: Chart, host: HostChart, path: string): readonly Resource[] =>
  restoreAt(chart, host.name, path, '/etc/systemd/system/kw-haproxy.service', 'kw-haproxy.service');

export const componentAgain = (chart: Chart, host: HostChart, program: string): readonly Resource[] => {
  if (isOurs(chart)) return unitAgain(chart, host.name, `${program}.service`);
  const model = hostsOf(chart).find(one => flagsOf(one, program).source?.endsWith('.yaml'));
  const path = model && flagsOf(model, program).source;
  const text = model && 'value' in model.files ? model.files.value.find(file => file.path === path)?.text : undefined;
  // Only what holds no address of its host can be copied from another one.
  if (!model || !path || !text || text.includes(model.address) || !hasConfig(host, program)) return [];
  return [
    textFile(path, text, 0o600, { host: host.name, because: `${program} shall survive the loss of ${model.name}` }),
  ];
};

const unitAgain = (chart: Chart, host: string, unit: string): readonly Resource[] => {
  const service = chart.wanted?.find(one => one.host === host && one.key === unit);
  const reads = service ? (service.want as ServiceWant).reads : [];
  return restore(chart, one => one === service || (one.host === host && reads.includes(one.key)));
};

const hasConfig = (host: HostChart, program: string): boolean =>
  'value' in host.kubeconfigs &&
  host.kubeconfigs.value.some(one => one.path.endsWith(`/${program.replace('kube-', '')}.conf`));

export const supervised = (chart: Chart, host: HostChart, unit: string): readonly Resource[] => {
  if (!isComponent(unit)) return [];
  const because = `${unit} is started again whenever it ends`;
  const seen = 'value' in host.units ? host.units.value.find(one => one.name === unit) : undefined;
  const texts = 'value' in host.files ? host.files.value : [];
  const culprits = (seen?.dropIns ?? texts.map(file => file.path).filter(path => path.includes(`/${unit}.d/`))).filter(
    path =>
      path.startsWith('/etc/') &&
      absolutePath(path) &&
      /^Restart\s*=/m.test(texts.find(file => file.path === path)?.text ?? ''),
  );
  const place = { host: host.name, because };
  const gone = culprits.map(path => noFile(path, place));
  const own = restoreAt(chart, host.name, `/etc/systemd/system/${unit}`, unit);
  if (own.length > 0)
    return [
      ...gone,
      ...own.map(one => (one.key === unit ? { ...one, after: [...one.after, ...gone.map(idOf)] } : one)),
    ];
  const path = `/etc/systemd/system/${unit}.d/zz-restart.conf`;
  const kept = textFile(
    path,
    '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=1\n',
    0o644,
    place,
  );
  return [...gone, kept, freshUnit(unit, [path], { ...place, after: [...gone.map(idOf), idOf(kept)] })];
};
