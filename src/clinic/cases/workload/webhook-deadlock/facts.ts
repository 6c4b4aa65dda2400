import type { Unverified } from '../../../edges/unverified.js';
import type { Unanswered } from './by-url.js';
import type { Certificate } from '../../../../pki/certificate.js';

const group = 'admissionregistration.k8s.io';
export const apiVersion = `${group}/v1`;

export const kinds = {
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
} as const;

type Plural = keyof typeof kinds;
export const plurals = Object.keys(kinds) as readonly Plural[];

/** The name under which a chart has the list. */
export const listOf = (plural: Plural): string => `${plural}.${group}`;

/** One webhook of a configuration; `catches`: the kinds of objects that must pass it. */
export type Hook = {
  readonly plural: Plural;
  readonly configuration: string;
  readonly webhook: string;
  readonly catches: string;
};

/** `service`: namespace and name of whom the API server would ask. */
export type Asked = Hook & { readonly service: string };

export type Facts = {
  readonly 'service-absent': Asked;
  readonly 'no-endpoints': Asked;
  /** `port`: the one that is called; `ports`: those that the Service has. */
  readonly 'wrong-port': Asked & { readonly port: number; readonly ports: readonly number[] };
  /** `bundle`: the CAs that the webhook is verified by. */
  readonly 'ca-bundle': Asked & { readonly wrong: Unverified; readonly bundle: readonly Certificate[] };
  readonly 'url-unanswered': Hook & Unanswered;
  /** `policy`: its failurePolicy now. */
  readonly 'left-open': Hook & { readonly policy: string };
};
