/** What it would take to make a cluster of Kubewizard's own of one that was adopted; nothing is changed. */
import { cases } from '../clinic/cases/index.js';
import { examine } from '../clinic/examine/examine.js';
import { type ConversionReport, judgeConversion } from '../discovery/conversion/judge.js';
import { gather } from './clinic/evidence.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { begin } from './story.js';

/** No key is copied, and nothing is built or downloaded: only what is at hand already. */
export async function conversion(file: ClusterFile, ports: Ports): Promise<ConversionReport> {
  const story = begin(ports, file.warnings);
  const chart = await gather(story, { file: async () => file, readOnly: true });
  const artifacts = await ports.artifacts.atHand(file.spec);
  const ill = examine(chart, cases).causes.map(one => ({
    case: one.case,
    hosts: [...new Set(one.findings.map(({ host }) => host))],
  }));
  return judgeConversion({ chart, spec: file.spec, ill, brings: artifacts?.binaries.etcd?.version });
}
