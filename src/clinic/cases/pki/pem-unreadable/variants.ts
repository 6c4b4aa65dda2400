import type { Certificate } from '../../../../pki/certificate.js';
import type { CaseDefinition, FoundOf } from '../../../case.js';
import { type Quote, quoted } from '../../../read/quote.js';
import { certificateText } from '../../../read/shown.js';
import type { Found } from '../../../examine/verdict.js';

/** `program` is told by `flag` to read `path`. */
type Read = { readonly path: string; readonly program: string; readonly flag: string };
/** `key`: path of the private key. */
type Pair = Read & {
  readonly key: string;
  readonly leaf: Certificate;
  /** Its public half, by its SHA-256, or why it has none; absent: there is no such file. */
  readonly keySeen?: { readonly spki: string } | { readonly problem: string };
};

/** Why a kubeconfig cannot be used. */
export type Fault =
  | { readonly is: 'absent' | 'no-cluster' | 'no-authority' | 'no-client' }
  | { readonly is: 'broken'; readonly problems: readonly string[] };

export type Facts = {
  'certificate-unreadable': Read & { readonly problems: readonly string[] };
  'file-missing': Read;
  /** The first certificate is `first`; the one of the key stands at `place`, from 1. */
  'wrong-order': Pair & { readonly first: string; readonly place: number };
  /** Without `problem` the key is not there. */
  'key-unreadable': Pair & { readonly problem?: string };
  /** Public keys, by the first characters of their SHA-256. */
  'key-of-another-pair': Pair & { readonly certificateKey: string; readonly privateKey: string };
  'kubeconfig-unreadable': { readonly path: string; readonly program: string; readonly fault: Fault };
  'kubeconfig-key': { readonly path: string; readonly user: string; readonly leaf: Certificate | undefined };
};
export type Finding = FoundOf<Facts>;

const faults = {
  absent: 'there is no such file',
  'no-cluster': 'it leads to no cluster and user',
  'no-authority': 'its certificate-authority-data holds no certificate',
  'no-client': 'its client certificate holds no certificate',
} as const;

export const faultText = (fault: Fault): string =>
  fault.is === 'broken' ? fault.problems.join('; ') : faults[fault.is];

const reader = (host: string, { program, flag }: Read): string => `${program} on ${host} (${flag})`;

export const variants: CaseDefinition<Facts>['variants'] = {
  'certificate-unreadable': {
    means: 'a certificate file in use holds no PEM, or broken base64',
    says: ({ host, facts }) =>
      `${reader(host, facts)} is to read certificates from ${facts.path}, but there is none in it: ` +
      `${facts.problems.join('; ') || 'it holds no PEM'}`,
    shows: ({ facts }) => [quoted('certificates', facts.path, facts.problems.join('; ') || 'no certificate')],
  },
  'file-missing': {
    means: 'a certificate file that a component is told to read is not there',
    says: ({ host, facts }) => `${reader(host, facts)} is to read ${facts.path}, but there is no such file`,
    shows: ({ facts }) => [quoted('certificates', facts.path, 'no such file')],
  },
  'wrong-order': {
    means: 'the CA stands before the leaf in a certificate file',
    says: ({ host, facts }) =>
      `${reader(host, facts)} shows the first certificate of ${facts.path}, which is ${facts.first}; its key ` +
      `${facts.key} belongs to the one at place ${facts.place}`,
    shows: bothHalves,
  },
  'key-unreadable': {
    means: 'the private key of a certificate in use is missing or unreadable',
    says: ({ host, facts }) =>
      `${reader(host, facts)} shows ${facts.path}, but its key ${facts.key} ` +
      `${facts.problem === undefined ? 'is not there' : `cannot be read: ${facts.problem}`}`,
    shows: bothHalves,
  },
  'key-of-another-pair': {
    means: 'the private key belongs to another certificate',
    says: ({ host, facts }) =>
      `${reader(host, facts)} shows ${facts.path} with the public key ${facts.certificateKey}, but ` +
      `${facts.key} is the key of ${facts.privateKey}`,
    shows: bothHalves,
  },
  'kubeconfig-unreadable': {
    means: 'a kubeconfig in use cannot be read, or what it embeds is not PEM',
    says: ({ host, facts }) => `${facts.program} on ${host} is to use ${facts.path}, but ${faultText(facts.fault)}`,
    shows: ({ facts }) => [quoted('kubeconfigs', facts.path, faultText(facts.fault))],
  },
  'kubeconfig-key': {
    means: 'certificate and key in a kubeconfig are of different pairs',
    says: ({ host, facts }) =>
      `${facts.path} on ${host} holds the certificate of ${facts.user}, and the key of another one`,
    shows: ({ facts }) => [
      quoted(
        'kubeconfigs',
        facts.path,
        `${facts.leaf ? certificateText(facts.leaf) : 'certificate'}: the key is not its own`,
      ),
    ],
  },
};

function bothHalves({ facts: { path, leaf, key, keySeen } }: Found<Pair>): readonly Quote[] {
  const seen =
    keySeen === undefined
      ? 'no such file'
      : 'problem' in keySeen
        ? keySeen.problem
        : `public key ${short(keySeen.spki)}`;
  return [
    quoted('certificates', path, `${certificateText(leaf)}, public key ${short(leaf.spkiSha256)}`),
    quoted('keys', key, seen),
  ];
}

/** A public key, by the first characters of its SHA-256. */
export const short = (spki: string): string => spki.slice(0, 12);
