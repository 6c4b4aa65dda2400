import { type Fact, Unreadable } from '../../model/fact.js';
import { fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface Namespace {
  readonly name: string;
  readonly containers: number;
  readonly images: number;
}

export interface ContainerFacts {
  /** What containerd holds already, by namespace: `moby` is Docker's, `k8s.io` Kubernetes'. */
  readonly namespaces: readonly Namespace[];
  /** It runs and was not to be asked: nobody knows what it holds. */
  readonly silent: boolean;
  /** Other runtimes that run: `docker`, `crio`. */
  readonly runtimes: readonly string[];
}

/**
 * Whose containers live there already. systemd is asked first: `ctr` waits ten seconds for a containerd that is not
 * there.
 */
export const containers: Fact<ContainerFacts> = {
  id: 'containers',
  question: {
    ask: 'host',
    script: sh`kw_ctr() { timeout 5 ctr --connect-timeout 2s "$@" 2>/dev/null; }
if systemctl is-active -q containerd.service 2>/dev/null; then
  if names=$(kw_ctr namespaces ls -q); then
    for n in $names; do
      echo "namespace=$n $(kw_ctr -n "$n" containers ls -q | wc -l) $(kw_ctr -n "$n" images ls -q | wc -l)"
    done
  else echo silent=yes; fi
fi
[ ! -S /run/docker.sock ] || echo runtime=docker
[ ! -S /run/crio/crio.sock ] || echo runtime=crio
echo end=1`,
  },
  parse(text) {
    const seen = fields(text);
    if (!seen.has('end')) throw new Unreadable('containers', text, 'the answer was cut off');
    const namespaces = [...text.matchAll(/^namespace=(\S+) (\d+) (\d+)$/gm)].map(
      ([, name = '', containers, images]) => ({ name, containers: Number(containers), images: Number(images) }),
    );
    return {
      namespaces,
      silent: seen.has('silent'),
      runtimes: [...text.matchAll(/^runtime=(.*)$/gm)].map(found => found[1] ?? ''),
    };
  },
};
