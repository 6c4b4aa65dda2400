/** The commented cluster file that `kw init` writes. */
import { Document, Pair, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import type { ClusterFile, HostEntry } from '../schema.js';

/** What `kw init` has asked and seen; what is undefined stays a default, named in a comment. */
export interface Answers {
  /** Where the editor finds the schema: a URL, or a path seen from the file. Default: `schemaBeside`. */
  readonly schema?: string;
  readonly name: string;
  readonly kubernetes?: string;
  readonly hosts: readonly (string | HostEntry)[];
  readonly ssh?: ClusterFile['ssh'];
  readonly endpoint?: ClusterFile['endpoint'];
  readonly network?: ClusterFile['network'];
  readonly artifacts?: ClusterFile['artifacts'];
}

/** Where `kw init` puts the schema, as seen from the cluster file. */
export const schemaBeside = '.kubewizard/cluster.schema.json';

export const renderClusterFile = (answers: Answers): string => {
  const root = new YAMLMap();
  const add = (key: string, value: unknown, comment: string) => root.add(pair(document, key, value, comment));
  const document = new Document(root);
  document.commentBefore = ` yaml-language-server: $schema=${answers.schema ?? schemaBeside}`;
  root.add(new Pair(document.createNode('apiVersion'), document.createNode('kubewizard/v1')));
  root.add(new Pair(document.createNode('kind'), document.createNode('Cluster')));
  add('name', answers.name, 'Names the cluster in its kubeconfig and beside this file, in .kubewizard/.');
  if (answers.kubernetes)
    add(
      'kubernetes',
      answers.kubernetes,
      'An exact version, 1.20 to 1.37. Upgrades go one minor at a time, and never back.',
    );
  add(
    'hosts',
    answers.hosts,
    'Addresses are enough. Without roles, the first three (of one or two: the first) lead, the others ' +
      'work.\nLarge: {name: "kw-worker-[001-100]", address: 10.0.1.1+, roles: [worker]}',
  );
  if (answers.ssh) add('ssh', answers.ssh, 'How to reach the hosts; a host may say otherwise.');
  if (answers.endpoint)
    add(
      'endpoint',
      answers.endpoint,
      'Where the API is found. An address that no host has is carried from host to host by keepalived.',
    );
  if (answers.network)
    add('network', answers.network, 'Networks of pods and Services, apart from each other and from the hosts.');
  if (answers.artifacts)
    add('artifacts', answers.artifacts, 'Where binaries and images come from: auto, release, mirror, go, debian.');
  document.comment =
    ' All other settings have defaults: kw plan --explain-defaults names each with its reason.\n Reference: ' +
    'kw docs cluster-file';
  compactHosts(document);
  return document.toString({ lineWidth: 120 });
};

const pair = (document: Document, key: string, value: unknown, comment: string): Pair => {
  const name = document.createNode(key) as Scalar;
  name.commentBefore = comment
    .split('\n')
    .map(line => ` ${line}`)
    .join('\n');
  name.spaceBefore = true;
  return new Pair(name, document.createNode(value, { aliasDuplicateObjects: false }));
};

/** Roles on one line, and texts that look like something else in quotes (yaml sees to the latter). */
const compactHosts = (document: Document): void => {
  visit(document, {
    Pair(_, { key, value }) {
      if (key instanceof Scalar && (key.value === 'roles' || key.value === 'taints') && value instanceof YAMLSeq)
        value.flow = true;
    },
  });
};
