import { defineCase } from '../../../case.js';
import { pattern } from '../../../../model/pattern.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { quote } from '../../../../shell/sh.js';
import { type Facts, inTree } from './facts.js';
import { flags } from './flags.js';
import { therapy } from './therapy.js';
import { waiting } from './waiting.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export default defineCase<Facts>({
  id: 'cloud-provider-wrong',
  precedence: 210,
  title: '--cloud-provider is wrong, or something waits for a cloud that is not there',
  founding: 10,
  variants: {
    unknown: {
      means: 'the flag names a cloud provider that Kubernetes does not have',
      says: ({ host, facts: { program, provider } }) =>
        `${program} on ${host} runs with --cloud-provider=${provider}, and Kubernetes knows no such provider: it ` +
        `knows "", external and, while they lasted, ${Object.keys(inTree).join(', ')}`,
      shows: flagsGiven,
    },
    gone: {
      means: 'the flag names an in-tree provider that this version no longer has',
      says: ({ host, facts: { program, provider, goneSince, minor } }) =>
        `${program} on ${host} runs with --cloud-provider=${provider}, which is gone since 1.${goneSince}; this ` +
        `is 1.${minor}`,
      shows: flagsGiven,
    },
    differs: {
      means: 'components of one cluster name different cloud providers',
      says: ({ host, facts: { program, provider, than, other } }) =>
        `${program} on ${host} runs with --cloud-provider=${provider || '""'}, but ${than} with ${other || '""'}`,
      shows: ({ facts }) => [quoted('processes', facts.program, `--cloud-provider=${facts.provider}`)],
    },
    configuration: {
      means: 'the file of --cloud-config is not there',
      says: ({ host, facts: { program, config } }) =>
        `${program} on ${host} reads --cloud-config=${config}, which is not there`,
      shows: flagsGiven,
    },
    'service-waits': {
      means: 'a Service of type LoadBalancer waits, and nothing in the cluster could serve it',
      says: ({ facts: { namespace, name, since } }) =>
        `the Service ${namespace}/${name} is of type LoadBalancer and has waited for an address since ${since}, ` +
        'but no component has a cloud provider and nothing else here serves such Services',
      shows: ({ facts: { namespace, name, object } }) => [
        quotedObject('services', `${namespace}/${name}`, JSON.stringify(object)),
      ],
    },
    'volume-waits': {
      means: "a volume claim waits for a cloud's disk, and no cloud is configured",
      says: ({ facts: { namespace, name, since, provisioner } }) =>
        `the claim ${namespace}/${name} has waited since ${since} for ${provisioner}, ` +
        'but no component has a cloud provider',
      shows: ({ facts: { namespace, name, object } }) => [
        quotedObject('persistentvolumeclaims', `${namespace}/${name}`, JSON.stringify(object)),
      ],
    },
  },
  told: [['cloud-provider', 'not-starting']],
  symptoms: [
    { text: /unknown cloud provider "[^"]*"/ },
    { text: /could not init cloud provider/ },
    { text: /no cloud provider (provided|specified)/, benign: 'the usual line of a cluster without a cloud' },
    { text: /EXTERNAL-IP <pending>|<pending>/, benign: 'for a minute, until the balancer is made' },
    {
      text: pattern(
        /Failed to get (AWS|GCE|Azure|OpenStack|vSphere) (?:GCE)?Cloud ?Provider/i,
        /|cloud provider not initialized properly/,
      ),
    },
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
    const evidence = readEvidence();
    return evidence.verdict([...flags(chart, evidence), ...waiting(chart, evidence)]);
  },

  therapy,

  verify: finding => [
    finding.variant === 'service-waits' || finding.variant === 'volume-waits'
      ? {
          host: 'cluster',
          command:
            `kubectl get ${finding.variant === 'service-waits' ? 'service' : 'pvc'} -n ` +
            `${quote(finding.facts.namespace)} ${quote(finding.facts.name)}`,
          answer: finding.variant === 'service-waits' ? 'EXTERNAL-IP <pending>' : 'Pending',
          healthy: finding.variant === 'service-waits' ? 'an address' : 'Bound',
        }
      : {
          host: finding.host,
          command: `ps -o args= -C ${finding.facts.program} | tr " " "\\n" | grep cloud-`,
          answer: finding.shows[0]?.text ?? '',
          healthy: 'nothing, or the same provider in all components, or external with its controller',
        },
  ],
});

function flagsGiven({
  facts: { program, provider, config },
}: Found<Facts['unknown' | 'gone' | 'configuration']>): readonly Quote[] {
  const file = config === undefined ? '' : ` --cloud-config=${config}`;
  return [quoted('processes', program, `--cloud-provider=${provider}${file}`)];
}
