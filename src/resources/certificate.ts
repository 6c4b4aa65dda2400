/** A certificate and its key on a host: asked what it says and who signed it, never compared as text. */
import { type CertificateOnHost, certificate as factOf, type KeyOnHost } from '../facts/certificate.js';
import { type Change, changed, removed } from '../model/resource.js';
import { type Answer, answerOf, chainedBy, idealAnswer, unanswered } from '../pki/request.js';
import { unreadable } from '../pki/read.js';
import { sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { CertificateWant } from './wants.js';

/** How the key stands to the certificate; `unknown`: the host has no openssl that could say. */
type KeyState = 'fits' | 'absent' | 'broken' | 'of another pair' | 'unknown';

export type CertificateState =
  | { readonly state: 'absent'; readonly keyLeft: boolean }
  | { readonly state: 'unreadable'; readonly why: string }
  | {
      readonly state: 'present';
      readonly answer: Answer;
      readonly chained: boolean;
      readonly key: KeyState;
      readonly keyMode: number;
    };

/**
 * `now`: the control machine's clock; a host's answer holds no time, so that it stays the same as long as nothing has
 * changed.
 */
export const certificateKind = (now: () => Date) =>
  defineKind<'certificate', CertificateWant, CertificateState>({
    kind: 'certificate',
    path: 'partly',
    read(path, want) {
      const fact = factOf(path, want.keyPath);
      return { ...fact, parse: output => judge(fact.parse(output), want) };
    },

    diff: (want, have) => differences(want, have, now()),

    plan(path, want, changes) {
      if (want.absent) return { actions: [{ do: 'run', script: sh`rm -f -- ${path} ${want.keyPath}` }], risk: 'none' };
      if (changes.every(change => change.field === 'keyMode'))
        return { actions: [{ do: 'run', script: sh`chmod 600 -- ${want.keyPath}` }], risk: 'none' };
      return {
        actions: [
          // Dying between the new key and the new certificate must look like absence, not like a pair.
          { do: 'run', script: sh`rm -f -- ${path}` },
          { do: 'issue', request: want.request, to: { as: 'pem', cert: path, key: want.keyPath } },
        ],
        risk: 'none',
      };
    },

    rollback: (path, want) => ({ by: 'files', paths: [path, want.keyPath] }),
    ideal: want =>
      want.absent
        ? { state: 'absent', keyLeft: false }
        : { state: 'present', answer: idealAnswer(want.request, now()), chained: true, key: 'fits', keyMode: 0o600 },
    undo: (_, want) => ({ ...want, absent: true }),
  });

function differences(want: CertificateWant, have: CertificateState, now: Date): readonly Change[] {
  if (want.absent) return have.state === 'absent' && !have.keyLeft ? [] : [removed('certificate', have.state)];
  if (have.state === 'absent') return [changed('certificate', undefined, want.request.commonName)];
  if (have.state === 'unreadable') return [changed('certificate', have.why, want.request.commonName)];
  const changes: Change[] = [...unanswered(want.request, have.answer, now)];
  if (!have.chained) changes.push(changed('chain', 'not complete', 'with its intermediates'));
  if (have.key !== 'fits' && have.key !== 'unknown') changes.push(changed('key', have.key, 'fits'));
  if (have.key !== 'absent' && (have.keyMode & 0o177) !== 0)
    changes.push(changed('keyMode', octal(have.keyMode), '0600'));
  return changes;
}

function judge(seen: CertificateOnHost, want: CertificateWant): CertificateState {
  if (seen.state === 'absent') return { state: 'absent', keyLeft: seen.key?.state === 'present' };
  const [leaf, ...rest] = seen.certificates;
  const why = unreadable(seen);
  if (why !== undefined || !leaf) return { state: 'unreadable', why: why ?? 'no certificate in it' };
  return {
    state: 'present',
    answer: answerOf(leaf, want.caPem),
    chained: chainedBy(rest, want.chainPem),
    key: keyState(seen.key, leaf.spkiSha256),
    keyMode: seen.key?.state === 'present' ? seen.key.mode : 0,
  };
}

function keyState(key: KeyOnHost | undefined, spkiSha256: string): KeyState {
  if (key?.state !== 'present') return 'absent';
  if (key.broken) return 'broken';
  return key.spkiSha256 === undefined ? 'unknown' : key.spkiSha256 === spkiSha256 ? 'fits' : 'of another pair';
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
