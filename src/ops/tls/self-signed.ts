/**
 * The certificate of a house that was given none: made at first start, kept in the data folder, renewed by itself. Key
 * and certificate are one file, so that no crash leaves one without the other.
 */
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { base64url } from '../../base/bytes.ts'
import { DAY } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { ok } from '../../base/result.ts'
import { reveal, secret } from '../../base/secret.ts'
import { exposedMode, syncFolder, writePrivateFile } from '../keys/private-file.ts'
import { pairOf, type TlsPair, type TlsSource } from './certificate.ts'
import { makeCertificate } from './make-certificate.ts'

// Renewed with this much left.
const LEAST_LEFT = 30 * DAY

export type SelfSignedSettings = {
  readonly dataDir: string
  /** DNS names and IP addresses that the server answers to; the first is what people read. */
  readonly hosts: readonly string[]
  readonly now: number
  readonly random: Random
}

/** The certificate in the data folder, or a new one where that is missing, damaged, exposed, stale or too narrow. */
export const openSelfSigned = ({ dataDir, hosts, now, random }: SelfSignedSettings): TlsSource => {
  const file = path.join(dataDir, 'self-signed.pem')
  const names = [...new Set(hosts.map((host) => host.toLowerCase()))]
  let pair = read(file, names, now) ?? make(file, names, now, random)
  return {
    current: () => pair,
    refresh(at) {
      // The file first: another process of this folder may have renewed it, or made one for more names.
      const kept = read(file, names, at)
      const next = kept ?? (fits(pair, names, at) ? pair : make(file, names, at, random))
      const changed = next.cert !== pair.cert
      pair = next
      return ok(changed)
    },
  }
}

const read = (file: string, names: readonly string[], now: number): TlsPair | null => {
  const text = readIfThere(file)
  // A key that others could read is as good as given away.
  if (text === null || exposedMode(file)) return null
  const [key = ''] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/.exec(text) ?? []
  const [cert = ''] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(text) ?? []
  const pair = pairOf(cert, secret(key))
  return typeof pair !== 'string' && fits(pair, names, now) ? pair : null
}

const readIfThere = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Valid now and for a while, and for every name; one from the future was made under a wrong clock (O08). */
const fits = ({ cert, notAfter }: TlsPair, names: readonly string[], now: number): boolean => {
  const certificate = new X509Certificate(cert)
  const inTime = certificate.validFromDate.getTime() <= now && notAfter - now >= LEAST_LEFT
  return inTime && names.every((name) => covers(certificate, name))
}

const covers = (certificate: X509Certificate, name: string): boolean =>
  isIP(name)
    ? certificate.checkIP(name) !== undefined
    : // A wildcard is asked for by a name that only it covers.
      certificate.checkHost(name.replace(/^\*\./, 'any-name.'), { subject: 'never' }) !== undefined

const make = (file: string, names: readonly string[], now: number, random: Random): TlsPair => {
  const { key, cert } = makeCertificate(names.length > 0 ? names : ['localhost'], now, random)
  const pair = pairOf(cert, key)
  if (typeof pair === 'string') throw new Error(`a certificate of ours ${pair}`)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${base64url(random(9))}`
  try {
    writePrivateFile(draft, reveal(key, 'keep the key of the self-signed certificate') + cert)
    renameSync(draft, file)
    syncFolder(path.dirname(file))
  } finally {
    rmSync(draft, { force: true })
  }
  return pair
}
