/** In which mode the kube-proxy of a host runs. */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { inNamespace, objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { readFlags } from '../../../read/flags.js';
import { at, readYaml } from '../../../read/yaml.js';

export type Mode = 'iptables' | 'ipvs' | 'nftables';

const modes: readonly string[] = ['iptables', 'ipvs', 'nftables'];

/** undefined: none runs here (then nothing is left over by it), or it could not be seen. */
export const modeOf = (chart: Chart, host: HostChart, evidence: EvidenceReader): Mode | undefined => {
  const process = evidence.process(host, 'kube-proxy');
  if (!process) return undefined;
  const flags = readFlags(process.argv.slice(1));
  const told = flags.get('proxy-mode');
  const path = flags.get('config');
  // With --config, the flag has no say.
  const mode = path === undefined ? (told ?? '') : configured(chart, host, path, evidence);
  if (mode === undefined) return undefined;
  if (mode === '') return 'iptables';
  if (modes.includes(mode)) return mode as Mode;
  evidence.note(host.name, 'mode of kube-proxy', `${mode} is no mode that is known here`);
  return undefined;
};

/** Of the file, or, in a pod, of the ConfigMap that is mounted there. */
const configured = (chart: Chart, host: HostChart, path: string, evidence: EvidenceReader): string | undefined => {
  const file = evidence.file(host, path);
  if (file === undefined) return undefined;
  const map = file
    ? undefined
    : objectsSeen(evidence, chart, 'configmaps')?.find(one => inNamespace(one, 'kube-system', 'kube-proxy'));
  const text: unknown = file ? file.text : at(map, 'data', 'config.conf');
  const parsed = typeof text === 'string' ? readYaml(text) : undefined;
  if (!parsed || 'problem' in parsed) {
    evidence.note(host.name, path, 'the configuration of kube-proxy was not seen as text');
    return undefined;
  }
  return String(at(parsed.value, 'mode') ?? '');
};
