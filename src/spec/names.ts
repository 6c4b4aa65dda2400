/** The syntax of names as Kubernetes and DNS know them. */
import { parseIPv4 } from '../net/address.js';

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const dnsLabel = new RegExp(`^${label}$`);
const dnsName = new RegExp(`^${label}(\\.${label})*$`);
const qualified = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export const isDnsLabel = (text: string): boolean => dnsLabel.test(text);

/** Not an address: `10.0.0.300` is a valid name to DNS, and always a slip. */
export const isDnsName = (text: string): boolean => text.length <= 253 && dnsName.test(text) && !/^[\d.]+$/.test(text);

/** Of nodes and most other objects of the API: an RFC 1123 subdomain, which an address can be too. */
export const isObjectName = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);

export const isAddressOrName = (text: string): boolean => parseIPv4(text) !== undefined || isDnsName(text);

/** `team`, `example.com/team`. */
export const isLabelKey = (key: string): boolean => {
  const parts = key.split('/');
  const [name = '', prefix] = parts.length === 2 ? [parts[1], parts[0]] : parts;
  return (
    parts.length <= 2 &&
    qualified.test(name) &&
    (prefix === undefined || (prefix.length <= 253 && dnsName.test(prefix)))
  );
};

export const isLabelValue = (value: string): boolean => value === '' || qualified.test(value);
