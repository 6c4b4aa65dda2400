/** Carries one action of a step out. */
import { networkPeers } from '../../src/blueprint/render/paths.js';
import { type Reveal, reveal } from '../../src/model/content.js';
import type { Step } from '../../src/model/plan.js';
import type { Action, Resource } from '../../src/model/resource.js';
import type { CertificateWant, CommandWant, FileWant, PackagesWant, ServiceWant } from '../../src/resources/wants.js';
import { type Api, answers, call } from './api.js';
import { goneFromEtcd, mayJoin, mayLeave, mustAnswer, putAside, record, startEtcd } from './etcd.js';
import { drain, leaving, mustBeEmpty, mustKeepRoutes } from './leaving.js';
import { balances, contentOf, type Machine, runs } from './machine.js';

let number = 1;
const stamp = (host: Machine, path: string): void => {
  host.stamps.set(path, number++);
};

/** Throws where the world would refuse. */
export const act = (
  step: Step,
  action: Action,
  wanted: Resource,
  host: Machine | undefined,
  world: {
    readonly api: Api;
    readonly machines: readonly Machine[];
    readonly stay: readonly Machine[];
    readonly reveal: Reveal;
  },
): void => {
  if (action.do === 'call') {
    if (!answers(world.machines)) throw new Error('the API does not answer');
    if (action.method === 'DELETE') mustBeEmpty(action.path, world);
    call(world.api, action);
    return;
  }
  if (action.do === 'await') {
    if (!answers(world.machines)) throw new Error('the API does not answer');
    if (!action.gone && action.path.startsWith('/api/v1/nodes/') && !world.api.objects.has(action.path))
      throw new Error(`${action.path} does not appear`);
    return;
  }
  if (action.do === 'drain') {
    if (!answers(world.machines)) throw new Error('the API does not answer');
    drain(world.api, action.node);
    return;
  }
  if (!host?.reachable) throw new Error('unreachable');
  if (action.do === 'put') {
    const want = wanted.want as FileWant;
    if (action.path === networkPeers) mustKeepRoutes(host, want, world);
    const text = reveal(action.content, world.reveal);
    host.files.set(action.path, { sha256: want.sha256, mode: action.mode, owner: action.owner ?? 'root:root', text });
    stamp(host, action.path);
    return;
  }
  const last = step.actions.at(-1) === action;
  if (action.do === 'run') {
    if (leaving(step, host, wanted, world.stay)) return;
    if (step.key === 'etcd-gone') goneFromEtcd(world.machines, (wanted.want as CommandWant).run);
    if (step.key.startsWith('node-gone-')) {
      if (!answers(world.machines) || !runs(host, 'kube-apiserver.service'))
        throw new Error('the API server of this host does not answer');
      world.api.objects.delete(`/api/v1/nodes/${step.key.slice('node-gone-'.length)}`);
    }
    if (step.key === 'etcd.service' && (wanted.want as ServiceWant).running) startEtcd(host, world.machines);
    // What shows that etcd has lived comes only once it has.
    if (step.key === 'kubelet.service' && (wanted.want as ServiceWant).running) mustAnswer(world.machines);
    if (step.key === 'etcd-member' || step.key === 'etcd-members') record(host, world.machines);
    if (step.key === 'keepalived-steps-back') stepBack(host);
    if (step.key === 'etcd-join') mayJoin(host, world.machines, (wanted.want as CommandWant).run);
    if (step.key === 'etcd-leave') mayLeave(host, world.machines, (wanted.want as CommandWant).run);
    ran(step, wanted, host, last);
    if (step.key === 'etcd-aside') putAside(host);
  } else if (last) made(step, wanted, host);
};

const stepBack = (host: Machine): void => {
  const unit = host.units.get(balances);
  if (unit) host.units.set(balances, { ...unit, active: false });
};

const made = (step: Step, wanted: Resource, host: Machine): void => {
  if (step.kind === 'file' || step.kind === 'service' || step.kind === 'packages') return;
  host.made.set(`${step.kind}/${step.key}`, wanted.want);
  stamp(host, step.key);
  if (step.kind === 'certificate') stamp(host, (wanted.want as CertificateWant).keyPath);
  if (step.kind === 'certificate' && step.key.endsWith('/apiserver.crt')) host.shows = wanted.want as CertificateWant;
};

const ran = (step: Step, wanted: Resource, host: Machine, last: boolean): void => {
  switch (step.kind) {
    case 'file': {
      const want = wanted.want as FileWant;
      const here = host.files.get(step.key);
      if (want.absent) {
        host.files.delete(step.key);
        stamp(host, step.key);
      } else if (here && last) host.files.set(step.key, { ...here, mode: want.mode, owner: want.owner ?? here.owner });
      return;
    }
    case 'service': {
      const { running, atBoot, reads } = wanted.want as ServiceWant;
      const started = new Map(reads.map(path => [path, host.stamps.get(path) ?? 0]));
      const read = new Map(reads.map(path => [path, contentOf(host, path)]));
      host.units.set(step.key, { active: running, enabled: atBoot, started, read });
      return;
    }
    case 'packages':
      for (const name of (wanted.want as PackagesWant).names) host.packages.add(name);
      return;
    case 'certificate':
      host.made.delete(`certificate/${step.key}`);
      stamp(host, step.key);
      if ((wanted.want as CertificateWant).absent) return;
  }
  if (last) {
    if ((wanted.want as { readonly absent?: true }).absent) {
      host.made.delete(`${step.kind}/${step.key}`);
      stamp(host, step.key);
    } else made(step, wanted, host);
  }
};
