/**
 * What a file shall hold. A secret or a large file is a reference until the moment it is written (design, section 8),
 * so content can be shown, saved and compared without leaking.
 */
export type Part = string | { readonly secret: string; readonly encoding?: 'base64' };

export type Content = readonly Part[];

export const isSecret = (content: Content): boolean => content.some(part => typeof part !== 'string');

/** Resolves the name of a secret (`pki/ca.key`) to its value. */
export type Reveal = (name: string) => string;

export const reveal = (content: Content, secrets: Reveal): string =>
  content.map(part => (typeof part === 'string' ? part : encode(secrets(part.secret), part.encoding))).join('');

/** The same text with every secret masked, for people. */
export const mask = (content: Content): string =>
  content.map(part => (typeof part === 'string' ? part : `<secret ${part.secret}>`)).join('');

const encode = (value: string, encoding: 'base64' | undefined): string =>
  encoding === 'base64' ? Buffer.from(value).toString('base64') : value;
