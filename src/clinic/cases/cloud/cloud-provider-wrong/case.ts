import { defineCase } from '../../../case.js';
import { openEyes } from '../../../read/eyes.js';
import { flags } from './flags.js';
import { therapy } from './therapy.js';
import { waiting } from './waiting.js';

export default defineCase({
  id: 'cloud-provider-wrong',
  precedence: 210,
  title: '--cloud-provider is wrong, or something waits for a cloud that is not there',
  founding: 10,
  variants: {
    unknown: 'the flag names a cloud provider that Kubernetes does not have',
    gone: 'the flag names an in-tree provider that this version no longer has',
    differs: 'components of one cluster name different cloud providers',
    configuration: 'the file of --cloud-config is not there',
    'service-waits': 'a Service of type LoadBalancer waits, and nothing in the cluster could serve it',
    'volume-waits': "a volume claim waits for a cloud's disk, and no cloud is configured",
  },
  symptoms: [
    { text: /unknown cloud provider "[^"]*"/ },
    { text: /could not init cloud provider/ },
    { text: /no cloud provider (provided|specified)/, benign: 'the usual line of a cluster without a cloud' },
    { text: /EXTERNAL-IP <pending>|<pending>/, benign: 'for a minute, until the balancer is made' },
    { text: /Failed to get (AWS|GCE|Azure|OpenStack|vSphere) Cloud Provider|cloud provider not initialized properly/i },
    { text: /Couldn't open cloud provider configuration/ },
    { text: /waiting for a volume to be created, either by external provisioner/ },
  ],
  explains: ['cloud-uninitialized', 'node-not-ready-cni', 'waiting-for-leader-lease', 'not-highly-available'],
  lab: true,
  spare: ['version'], // hosts' binaries say it too
  sources: [
    'rancher/rke2#4183',
    'rancher/rke2#8928',
    'kubernetes/kubernetes#121367',
    'kubernetes/cloud-provider plugins.go (1.20.2)',
  ],
  badCures: [
    {
      cure: '--cloud-provider=external where no cloud controller runs',
      why: 'every node gets the taint uninitialized, and nobody takes it away',
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    return eyes.verdict([...flags(chart, eyes), ...waiting(chart, eyes)]);
  },

  therapy,

  teach: finding => [
    finding.variant.endsWith('-waits')
      ? {
          host: 'cluster',
          command: `kubectl get ${finding.variant === 'service-waits' ? 'service' : 'pvc'} -n ${finding.subject.split('/')[0]} ${finding.subject.split('/')[1]}`,
          answer: finding.variant === 'service-waits' ? 'EXTERNAL-IP <pending>' : 'Pending',
          healthy: finding.variant === 'service-waits' ? 'an address' : 'Bound',
        }
      : {
          host: finding.host,
          command: `ps -o args= -C ${finding.subject} | tr " " "\\n" | grep cloud-`,
          answer: finding.shows[0]?.text ?? finding.says,
          healthy: 'nothing, or the same provider in all components, or external with its controller',
        },
  ],
});
