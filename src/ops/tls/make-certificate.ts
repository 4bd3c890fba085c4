/**
 * A self-signed server certificate (RFC 5280): ECDSA on P-256, for names and addresses, no authority over others, so
 * that somebody who trusts it trusts this server alone.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { DAY, HOUR } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { type Secret, secret } from '../../base/secret.ts'
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8String } from './der.ts'

// One day below what browsers take at most (CA/Browser Forum BR §6.3.2 before 2026), as for certificates one pays for.
const LIFETIME = 397 * DAY
// Clients whose clock is behind take it all the same.
const BACKDATED = HOUR

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}

/** A new key and its certificate, both in PEM. `hosts` are DNS names (a leading `*.` is one, too) and IP addresses. */
export const makeCertificate = (
  hosts: readonly string[],
  now: number,
  random: Random,
): { key: Secret; cert: string } => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const name = nameOf(hosts)
  const begin = now - BACKDATED
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber(random)),
    algorithm,
    name,
    sequence(time(begin), time(begin + LIFETIME)),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    explicit(3, extensions(hosts, privateKey)),
  )
  const der = sequence(signed, algorithm, bits(sign('sha256', signed, privateKey)))
  return { key: secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), cert: pem(der) }
}

/** 127 bits by chance, positive and never zero (RFC 5280 §4.1.2.2). */
const serialNumber = (random: Random): Buffer => {
  const bytes = Buffer.from(random(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

// For people to read; clients look at the alternative names only (RFC 9525 §6.3). RFC 5280 has room for 64 characters.
const nameOf = ([first = 'localhost']: readonly string[]): Buffer =>
  sequence(set(sequence(oid(OID.commonName), utf8String(first.slice(0, 64)))))

const extensions = (hosts: readonly string[], key: KeyObject): Buffer =>
  sequence(
    extension(OID.basicConstraints, sequence(), true),
    // digitalSignature alone.
    extension(OID.keyUsage, bits(Buffer.from([0x80]), 7), true),
    extension(OID.extKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, sequence(...hosts.map(alternativeName))),
    extension(OID.subjectKeyIdentifier, octets(keyIdentifier(key))),
  )

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))

const alternativeName = (host: string): Buffer => {
  if (isIP(host)) return implicit(7, addressBytes(host))
  if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) || host.length > 253) {
    throw new Error(`${JSON.stringify(host)} is no host name for a certificate`)
  }
  return implicit(2, Buffer.from(host, 'ascii'))
}

const addressBytes = (address: string): Uint8Array => {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.'), Number)
  // The URL parser writes every spelling of an address as one, with at most one run of zeros left out.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = groups.split('::')
  const parts = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [parts(head), parts(tail ?? '')]
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The left 160 bits of SHA-256 over the public key (RFC 7093 §2, method 1). */
const keyIdentifier = (key: KeyObject): Uint8Array => {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return createHash('sha256').update(point).digest().subarray(0, 20)
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
