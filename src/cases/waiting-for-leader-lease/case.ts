import { defineCase } from '../../clinic/case.js';
import type { ApiObject, Chart } from '../../clinic/chart.js';
import { inNamespace, objectsSeen, shownObject } from '../../clinic/read/api-objects.js';
import { openEyes, type Eyes } from '../../clinic/read/eyes.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { hostsOf, layout } from '../../clinic/read/hosts.js';
import { at } from '../../clinic/read/yaml.js';
import { restoreAt } from '../../clinic/therapies/restore.js';
import type { Benign, Finding } from '../../clinic/verdict.js';

const programs = ['kube-controller-manager', 'kube-scheduler'] as const;
const line = 'attempting to acquire leader lease kube-system/';

export default defineCase({
  id: 'waiting-for-leader-lease',
  title: 'Nobody leads: the leader lease is not held by a living process',
  founding: 13,
  variants: {
    nobody: 'the lease has run out, and no process of that component runs that could take it',
    'holder-dead': 'the lease has run out, its holder does not run, and those who wait cannot take it',
  },
  symptoms: [
    { text: /attempting to acquire leader lease/, benign: 'the usual line of every replica that is not the leader: it waits, as it should' },
    { text: /failed to acquire lease|leaderelection lost|error retrieving resource lock/, benign: 'once, when an API server restarts: another replica leads then' },
  ],
  explains: [],
  lab: true,
  spare: ['files'], // only who runs counts
  sources: ['kubernetes/kubernetes#107678', 'k8s.io/client-go tools/leaderelection (1.20.2)'],
  badCures: [{ cure: 'kubectl delete lease kube-scheduler -n kube-system', why: 'the lease is not the lock that hangs: whoever lives takes an old one within 15 seconds' }, { cure: '--leader-elect=false', why: 'then two lead at once' }],

  diagnose(chart) {
    const eyes = openEyes();
    const leases = objectsSeen(eyes, chart, 'leases.coordination.k8s.io');
    const all = programs.map(program => look(chart, program, leases, eyes));
    return eyes.verdict(all.flatMap(one => one.findings), { benign: all.flatMap(one => one.benign) });
  },

  therapy(finding, chart) {
    const program = finding.subject;
    const idle = hostsOf(chart, 'controlPlane').filter(host => !flagsOf(host, program).running);
    const want = layout(chart) === 'kubewizard' ? idle.flatMap(host => restoreAt(chart, host.name, `${program}.service`, `/etc/systemd/system/${program}.service`)) : [];
    if (want.length > 0) return { title: `Start ${program} on ${idle.map(host => host.name).join(', ')}`, risk: 'none', want };
    return { refused: `why ${program} does not lead is another illness: its log says which`, advice: [
      `ls /etc/kubernetes/manifests/${program}.yaml; crictl ps -a --name ${program}; crictl logs of the last one`,
      `without a manifest: kubeadm init phase control-plane ${program === 'kube-scheduler' ? 'scheduler' : 'controller-manager'}`,
    ] };
  },

  teach: finding => [{ host: 'cluster', command: `kubectl -n kube-system get lease ${finding.subject} -o yaml`, answer: finding.shows[0]?.text ?? finding.says, healthy: 'a holderIdentity of a control plane, and a renewTime of the last seconds' }],
});

/** Leases were the lock since 1.20; before, annotations of Endpoints. Their clocks are the holders': 60 s are allowed. */
const graceMs = 60_000;

function look(chart: Chart, program: string, leases: readonly ApiObject[] | undefined, eyes: Eyes): { readonly findings: readonly Finding[]; readonly benign: readonly Benign[] } {
  const hosts = hostsOf(chart, 'controlPlane');
  for (const host of hosts) eyes.see(host.processes);
  const running = hosts.filter(host => 'value' in host.processes && host.processes.value.some(one => one.program === program));
  const lease = leases?.find(one => inNamespace(one, 'kube-system', program));
  if (!leases || running.some(host => flagsOf(host, program).running?.get('leader-elect') === 'false')) return { findings: [], benign: [] };
  const holder = String(at(lease, 'spec', 'holderIdentity') ?? '');
  const name = holder.replace(/_.*$/, '');
  const renewed = String(at(lease, 'spec', 'renewTime') ?? '');
  const late = !lease || holder === '' || Date.parse(chart.now) - Date.parse(renewed) > Number(at(lease, 'spec', 'leaseDurationSeconds') ?? 15) * 1000 + graceMs;
  if (!late) return { findings: [], benign: running.filter(host => host.name !== name).map(host => ({ line: `${line}${program}`, host: host.name, because: `${name} leads: it renewed the lease at ${renewed}` })) };
  const shows = [shownObject(chart, 'leases.coordination.k8s.io', `kube-system/${program}`, lease ? `holderIdentity: ${holder}, renewTime: ${renewed}` : 'not found')];
  const when = lease ? `was last renewed at ${renewed} by ${holder || 'nobody'}` : 'does not exist';
  const all = hosts.every(host => 'value' in host.processes);
  if (running.length === 0) return { benign: [], findings: all ? [{ variant: 'nobody', host: 'cluster', subject: program, shows, says: `the lease of ${program} ${when}, it is ${chart.now}, and no control plane runs a ${program}` }] : [] };
  return { benign: [], findings: [{ variant: 'holder-dead', host: 'cluster', subject: program, shows, says: `the lease of ${program} ${when}, it is ${chart.now}; ${running.map(host => host.name).join(', ')} run${running.length === 1 ? 's' : ''} one, which does not take it` }] };
}
