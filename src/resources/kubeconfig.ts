/** A kubeconfig on a host with a client certificate of its own: where it leads, whom it trusts, who it says it is. */
import { type KubeconfigOnHost, kubeconfig as factOf } from '../facts/kubeconfig.js';
import { type Change, changed, removed } from '../model/resource.js';
import { type Answer, answerOf, chainedBy, idealAnswer, unanswered } from '../pki/request.js';
import { readCertificates } from '../pki/read.js';
import { sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { KubeconfigWant } from './wants.js';

export type KubeconfigState =
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string }
  | {
      readonly state: 'present';
      readonly server: string;
      /** Trusts the wanted CA, and nothing unverified. */
      readonly trusts: boolean;
      readonly answer: Answer;
      /** Behind the leaf stand all intermediates that are wanted. */
      readonly chained: boolean;
      /** `unknown`: the host has no openssl that could say. */
      readonly key: 'fits' | 'absent' | 'broken' | 'of another pair' | 'unknown';
      readonly mode: number;
    };

/** `now`: the control machine's clock, as in the certificate kind. */
export const kubeconfigKind = (now: () => Date) =>
  defineKind<'kubeconfig', KubeconfigWant, KubeconfigState>({
    kind: 'kubeconfig',
    path: 'partly',
    read(path, want) {
      const fact = factOf(path);
      return { ...fact, parse: output => judge(fact.parse(output), want) };
    },

    diff: (want, have) => differences(want, have, now()),

    plan(path, want, changes) {
      if (want.absent) return { actions: [{ do: 'run', script: sh`rm -f -- ${path}` }], risk: 'none' };
      if (changes.every(change => change.field === 'mode'))
        return { actions: [{ do: 'run', script: sh`chmod 600 -- ${path}` }], risk: 'none' };
      const { request, server, cluster, user } = want;
      // One file, replaced by rename: it is the old one or the new one.
      return {
        actions: [{ do: 'issue', request, to: { as: 'kubeconfig', path, server, cluster, user } }],
        risk: 'none',
      };
    },

    rollback: path => ({ by: 'files', paths: [path] }),
    ideal: want =>
      want.absent
        ? { state: 'absent' }
        : {
            state: 'present',
            server: want.server,
            trusts: true,
            answer: idealAnswer(want.request, now()),
            chained: true,
            key: 'fits',
            mode: 0o600,
          },
    undo: (_, want) => ({ ...want, absent: true }),
  });

function differences(want: KubeconfigWant, have: KubeconfigState, now: Date): readonly Change[] {
  if (want.absent) return have.state === 'absent' ? [] : [removed('kubeconfig', have.state)];
  if (have.state === 'absent') return [changed('kubeconfig', undefined, want.request.commonName)];
  if (have.state === 'unreadable') return [changed('kubeconfig', have.why, want.request.commonName)];
  const changes: Change[] = [];
  if (have.server !== want.server) changes.push(changed('server', have.server, want.server));
  if (!have.trusts) changes.push(changed('certificateAuthority', 'other', 'the wanted CA'));
  changes.push(...unanswered(want.request, have.answer, now));
  if (!have.chained) changes.push(changed('chain', 'not complete', 'with its intermediates'));
  if (have.key !== 'fits' && have.key !== 'unknown') changes.push(changed('key', have.key, 'fits'));
  if ((have.mode & 0o177) !== 0) changes.push(changed('mode', have.mode.toString(8).padStart(4, '0'), '0600'));
  return changes;
}

function judge(seen: KubeconfigOnHost, want: KubeconfigWant): KubeconfigState {
  if (seen.state === 'absent') return seen;
  const errors = seen.problems.filter(one => one.severity === 'error');
  const [leaf, ...rest] = seen.certificates;
  if (!seen.config || errors.length > 0)
    return { state: 'unreadable', why: errors.map(one => `line ${one.at?.line ?? 1}: ${one.says}`).join('; ') };
  if (!leaf) return { state: 'unreadable', why: `its user ${seen.config.user} has no client certificate` };
  return {
    state: 'present',
    server: seen.config.server,
    mode: seen.mode,
    trusts: !seen.config.insecure && trusts(seen.config.caPem ?? '', want.caPem),
    answer: answerOf(leaf, want.signerPem ?? want.caPem),
    chained: chainedBy(rest, want.chainPem ?? ''),
    key: keyState(seen, leaf.spkiSha256),
  };
}

function trusts(has: string, wanted: string): boolean {
  const theirs = new Set(readCertificates(has).certificates.map(one => one.fingerprint));
  const ours = readCertificates(wanted).certificates;
  return theirs.size === ours.length && ours.every(one => theirs.has(one.fingerprint));
}

function keyState(seen: Extract<KubeconfigOnHost, { state: 'present' }>, spkiSha256: string) {
  if (seen.config?.key.in === 'nowhere') return 'absent';
  if (seen.keyBroken) return 'broken';
  return seen.keySpkiSha256 === undefined ? 'unknown' : seen.keySpkiSha256 === spkiSha256 ? 'fits' : 'of another pair';
}
