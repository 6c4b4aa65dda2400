/** Hosts and a kubeconfig that are named together are of one cluster. */
import type { Chart } from '../../clinic/chart/chart.js';
import { identityOf } from '../../clinic/read/identity.js';
import type { OwnKubeconfig } from '../../engine/gather/own-kubeconfig.js';
import { WorldFailed } from '../../model/event.js';
import { compareIdentities, identityText } from '../../model/identity.js';
import { readKubeconfig } from '../../pki/read-kubeconfig.js';
import { fingerprintsIn } from '../../preflight/ownership.js';

/**
 * Evidence of two clusters is never mixed. A kubeconfig with a strange CA may be what is unhealthy; one whose API
 * answers under that CA is of another cluster. Throws WorldFailed (refused).
 */
export const oneCluster = (chart: Chart, { text, path }: Pick<OwnKubeconfig, 'text' | 'path'>): void => {
  const { authorities } = identityOf(chart);
  const named = { authorities: fingerprintsIn(readKubeconfig(text, path).value?.caPem) };
  const answers = chart.api.objects.namespaces !== undefined && 'value' in chart.api.objects.namespaces;
  if (!answers || compareIdentities(named, { authorities }) !== 'other') return;
  throw new WorldFailed({
    class: 'refused',
    message:
      `${path} is of another cluster (${identityText(named)}) than the hosts that answered ` +
      `(${identityText({ authorities })}); nothing was judged`,
    help: 'name the kubeconfig of these hosts, or leave --kubeconfig out: their own is used then',
  });
};
