/** The container runtime: its configuration in force, its images, the CNI plugins that it finds. */
import { parse } from 'smol-toml';
import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import { redactTree } from '../../model/redaction/redact.js';
import { sh } from '../../shell/sh.js';

export const containerd = chartFact({
  id: 'containerd',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 256 * 1024,
    script: sh`command -v containerd >/dev/null || { echo '#absent'; exit 0; }\ncontainerd config dump 2>&1`,
  },
  parse: output => {
    if (output.startsWith('#absent')) throw new NotSeen('containerd is not installed');
    try {
      return redactTree(parse(output.replace(/^time="[^\n]*\n/gm, ''))) as Readonly<Record<string, unknown>>;
    } catch {
      throw new NotSeen(`containerd config dump: ${output.trim().slice(0, 300) || 'no answer'}`);
    }
  },
});

export const images = chartFact({
  id: 'images',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 512 * 1024,
    script: sh`if command -v ctr >/dev/null; then timeout 4 ctr -n k8s.io images ls -q
elif command -v crictl >/dev/null; then timeout 4 crictl images -o json | grep -oE '"repoTags": *\\[[^]]*' | \
grep -oE '"[^"]+:[^"]+"' | tr -d '"'
elif command -v docker >/dev/null; then timeout 4 docker images --format '{{.Repository}}:{{.Tag}}'
else echo '#absent'; fi || echo '#failed'`,
  },
  parse: output => {
    if (/^#absent$/m.test(output)) throw new NotSeen('neither ctr nor crictl nor docker is installed');
    if (/^#failed$/m.test(output)) throw new NotSeen('the runtime does not answer');
    return output
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '' && !line.startsWith('sha256:'));
  },
});

export const cniPlugins = chartFact({
  id: 'cniPlugins',
  question: {
    ask: 'host',
    seconds: 2,
    bytes: 64 * 1024,
    script: sh`for d in /opt/cni/bin /usr/lib/cni /usr/libexec/cni; do [ -d "$d" ] && { echo "#folder $d"; \
ls "$d"; }; done; echo "#end"`,
  },
  parse: output => {
    if (!output.includes('#end')) throw new NotSeen('ls did not answer');
    return Object.fromEntries(
      output
        .split(/^#folder /m)
        .slice(1)
        .map(part => {
          const [folder = '', ...names] = part.split('\n');
          return [folder, names.filter(name => name !== '' && name !== '#end')];
        }),
    );
  },
});
