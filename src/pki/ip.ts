/** Is it an IP address or a name? (node:net would say, but belongs to the world.) */
import { Address4, Address6 } from 'ip-address';

export const isIP = (text: string): boolean =>
  text.includes(':') ? Address6.isValid(text) && !text.includes('/') : /^[\d.]+$/.test(text) && Address4.isValid(text);
