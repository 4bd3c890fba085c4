/** A certificate with its key as a listener takes them, wherever they come from. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Failure, Result } from '../../base/result.ts'
import { reveal, type Secret } from '../../base/secret.ts'

export type TlsPair = {
  /** PEM: the certificate, and its issuers behind it. */
  readonly cert: string
  readonly key: Secret
  readonly notAfter: number
}

export type CertificateFailure = Failure<'certificate_unreadable' | 'certificate_unfit'>

export type TlsSource = {
  current(): TlsPair
  /**
   * Renews what is due, or reads the files again. Tells whether the pair changed, so that the listener takes it
   * (`server.setSecureContext`). Asked once a day, that is early enough. What stands is kept where it fails.
   */
  refresh(now: number): Result<boolean, CertificateFailure>
}

/** The pair, or in words that follow a file's name why it is none. */
export const pairOf = (cert: string, key: Secret): TlsPair | string => {
  const certificate = attempt(() => new X509Certificate(cert))
  if (!certificate) return 'holds no certificate in PEM form'
  const privateKey = attempt(() => createPrivateKey(reveal(key, 'match a certificate with its key')))
  if (!privateKey) return 'has no private key beside it in PEM form without a passphrase'
  if (!certificate.checkPrivateKey(privateKey)) return 'is not of the private key beside it'
  return { cert, key, notAfter: certificate.validToDate.getTime() }
}

const attempt = <T>(make: () => T): T | null => {
  try {
    return make()
  } catch {
    return null
  }
}
